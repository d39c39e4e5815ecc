import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { sqliteEventStore } from '@touchstone/event-store';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Chance, chanceFrom, chanceOfRun } from './chance.ts';
import { madeUpLog } from './made-up-log.ts';
import { startSystem } from './system-process.ts';

/** Damage done to the folder of the read model while nobody has it: as by a loss of power, a bad disk, a hand that slipped. */

/** `DAMAGE_TRIALS=300` for a soak. */
const TRIALS = Number(process.env.DAMAGE_TRIALS ?? 2);
const MENDED_MS = 60_000;
const ENVIRONMENT = { CLOCK: 'log' };

const LISTS = [
  '/v1/overview',
  '/v1/customers?limit=500',
  '/v1/journeys?limit=500',
  '/v1/promises?limit=500',
  '/v1/complaints?limit=500',
  '/v1/trust-changes?limit=500',
  '/v1/touchpoints/failure-rates',
  '/v1/parked?limit=500',
  '/v1/position',
];

const root = mkdtempSync(join(tmpdir(), 'touchstone-damage-'));
const base = join(root, 'base');
let reference: ReadonlyMap<string, string>;

interface Answered {
  readonly status: number;
  readonly text: string;
}

async function ask(url: string, path: string): Promise<Answered> {
  const response = await fetch(url + path);
  return { status: response.status, text: await response.text() };
}

async function inTheEnd<Value>(work: () => Promise<Value | undefined>, what: string): Promise<Value> {
  const giveUpAt = Date.now() + MENDED_MS;
  for (;;) {
    const value = await work();
    if (value !== undefined) return value;
    if (Date.now() > giveUpAt) throw new Error(what);
    await pause(50);
  }
}

beforeAll(async () => {
  mkdirSync(base);
  const store = await sqliteEventStore({ file: join(base, 'events.db') });
  await store.append(madeUpLog(40, chanceFrom(7)).events);
  await store.close();
  const system = await startSystem(base, ENVIRONMENT);
  await inTheEnd(async () => {
    const { status, text } = await ask(system.url, '/v1/position');
    const { log, projected, lagMs } = JSON.parse(text);
    return status === 200 && log === projected && lagMs === 0 ? true : undefined;
  }, 'the log was not projected');
  // Several parts of each table, as in the life of a system.
  const answers = new Map<string, string>();
  for (const path of LISTS) answers.set(path, (await ask(system.url, path)).text);
  reference = answers;
  await system.stop();
}, 300_000);
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Starts a system over a copy that `damage` was done to. Every list that it answers is the one of the log, and in the end it answers all of them. */
async function expectMended(name: string, damage: (folder: string) => string): Promise<void> {
  const folder = join(root, name);
  cpSync(base, folder, { recursive: true, verbatimSymlinks: true });
  const done = damage(join(folder, 'clickhouse'));
  const system = await startSystem(folder, ENVIRONMENT).catch((error: unknown) => {
    throw new Error(`${done}: the system did not start`, { cause: error });
  });
  try {
    const open = new Set(LISTS);
    await inTheEnd(
      async () => {
        for (const path of open) {
          const { status, text } = await ask(system.url, path);
          if (status === 200) {
            expect(text, `${path} after ${done}`).toBe(reference.get(path));
            open.delete(path);
          } else expect([503, path, done], text).toEqual([status, path, done]);
        }
        return open.size === 0 ? true : undefined;
      },
      `${done}: ${[...open].join(', ')} stayed unanswered`,
    );
    // What answers once goes on to: nothing that was found later is withheld.
    for (const path of LISTS)
      expect((await ask(system.url, path)).text, `${path} after ${done}`).toBe(reference.get(path));
  } finally {
    await system.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

function changeByte(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes[at] = bytes[at]! ^ 0x41;
  writeFileSync(file, bytes);
}

function doAnything(folder: string, chance: Chance): string {
  const file = chance.pick(filesIn(folder).filter((name) => !name.includes('/incoming/')));
  const what = chance.pick(['lost', 'emptied', 'cut', 'changed', 'lost with its folder'] as const);
  const { size } = statSync(file);
  if (chance.happens(0.5)) rmSync(join(folder, 'stopped-in-good-order'), { force: true });
  if (what === 'lost') rmSync(file);
  else if (what === 'lost with its folder') rmSync(join(file, '..'), { recursive: true });
  else if (what === 'emptied' || size === 0) truncateSync(file);
  else if (what === 'cut') truncateSync(file, Math.floor(size / 2));
  else changeByte(file, chance.whole(0, size - 1));
  return `${file.slice(folder.length)} ${what}`;
}

test('a part that is lost of any table is found, nothing is shown without it, and the lists are filled anew', async () => {
  await expectMended('part', (folder) => {
    const parts = filesIn(folder).filter((file) => file.includes('/store/') && file.endsWith('/count.txt'));
    const largest = parts.map((file) => join(file, '..')).sort((a, b) => sizeOf(b) - sizeOf(a));
    rmSync(largest[1]!, { recursive: true });
    return `the part ${largest[1]} lost`;
  });
}, 300_000);

const sizeOf = (part: string) => filesIn(part).reduce((size, file) => size + statSync(file).size, 0);

test('a folder that the engine cannot open is set aside, and the lists are filled anew in a new one', async () => {
  await expectMended('format', (folder) => {
    const [file] = filesIn(folder).filter((name) => name.endsWith('/format_version.txt'));
    writeFileSync(file!, 'x');
    return `${file} changed`;
  });
}, 300_000);

test(
  `of ${TRIALS} files at random, each lost, emptied, cut, changed or gone with its folder, none changes a figure, and all is answered again`,
  async () => {
    const chance = chanceOfRun();
    const failures: string[] = [];
    for (let trial = 0; trial < TRIALS; trial++) {
      await expectMended(`trial-${trial}`, (folder) => doAnything(folder, chance)).catch((error: Error) => {
        failures.push(`${error.message}\n${error.cause ?? ''}`);
      });
    }
    expect(failures, `CRASH_SEED=${chance.seed}`).toEqual([]);
  },
  120_000 + TRIALS * 20_000,
);
