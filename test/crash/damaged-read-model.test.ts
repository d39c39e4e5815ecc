import { cpSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type EventStore, EventStoreError, type StoredEvent, sqliteEventStore } from '@touchstone/event-store';
import { asCloudEvent, randomHistories } from '@touchstone/journey/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chanceFrom, chanceOfRun } from './chance.ts';
import { madeUpLog } from './made-up-log.ts';
import { type Damage, damageAnything, filesIn } from './random-damage.ts';
import { projected, type SystemProcess, startSystem } from './system-process.ts';

/** Damages the folder of an installation while it is stopped, or after it was killed. */

/** `DAMAGE_TRIALS=300` runs a soak test with new damage each time; the default damage is fixed. */
const { DAMAGE_TRIALS } = process.env;
const TRIALS = Number(DAMAGE_TRIALS ?? 2);
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
/** Answers that come from the log itself. */
const SINGLES = ['c1', 'c20', 'd3'].flatMap((id) => [`/v1/customers/${id}`, `/v1/journeys?customerId=${id}&limit=500`]);
const ALL = [...LISTS, ...SINGLES];
/** 404: the log holds no events of some of these customers. */
const ANSWERED = [200, 404];

const root = mkdtempSync(join(tmpdir(), 'touchstone-damage-'));

type Answers = ReadonlyMap<string, string>;
interface Base {
  readonly folder: string;
  readonly answers: Answers;
}
/** The folder of a system that was stopped, and of one that was killed. */
let stopped: Base;
let killed: Base;

interface Answered {
  readonly status: number;
  readonly text: string;
}

async function ask(url: string, path: string): Promise<Answered> {
  const response = await fetch(url + path);
  // With an empty log the product's now is the clock's, so the test replaces it.
  const text = (await response.text()).replace(`"now":"${new Date().toISOString().slice(0, 10)}`, '"now":"today');
  return { status: response.status, text: text.replace(/"now":"today[^"]*"/, '"now":"today"') };
}

async function answersOf(system: SystemProcess): Promise<Answers> {
  await projected(system, MENDED_MS);
  const answers = new Map<string, string>();
  for (const path of ALL) {
    const { status, text } = await ask(system.url, path);
    expect(ANSWERED, `${path}: ${text}`).toContain(status);
    answers.set(path, text);
  }
  return answers;
}

beforeAll(async () => {
  const folder = join(root, 'stopped');
  mkdirSync(folder);
  const store = await sqliteEventStore({ file: join(folder, 'events.db') });
  await store.append(madeUpLog(40, chanceFrom(7)).events);
  await store.close();
  const system = await startSystem(folder, ENVIRONMENT);
  stopped = { folder, answers: await answersOf(system) };
  await system.stop();

  // The events published last are only in the WAL, and in parts of their own.
  const other = join(root, 'killed');
  cpSync(folder, other, { recursive: true, verbatimSymlinks: true });
  const doomed = await startSystem(other, ENVIRONMENT);
  for (const history of randomHistories(10, 8, 'd')) {
    const headers = { 'content-type': 'application/cloudevents-batch+json' };
    const body = JSON.stringify(history.map(asCloudEvent));
    expect((await fetch(`${doomed.url}/v1/events`, { method: 'POST', headers, body })).status).toBe(200);
  }
  killed = { folder: other, answers: await answersOf(doomed) };
  await doomed.kill();
}, 300_000);
afterAll(() => rmSync(root, { recursive: true, force: true }));

type Outcome = 'as it was' | 'as the log is now' | 'a person is told what to do';

/** The text of the one thing that an operator must do about a damaged log. */
const TO_DO = /Put a backup in its place|restore a backup/i;

/**
 * Starts a system over a damaged copy of `base`. Every answer must be the one before the damage or
 * the one that a system makes from the remaining log alone, and in the end it answers everything,
 * or says what an operator must do about the log.
 */
async function expectMended(name: string, base: Base, damage: (data: string) => Damage): Promise<Outcome> {
  const data = join(root, name);
  cpSync(base.folder, data, { recursive: true, verbatimSymlinks: true });
  const { words, isOfLog } = damage(data);
  try {
    const given = await answersOver(data, isOfLog).catch((cause: unknown) => {
      if (isOfLog && TO_DO.test(String(cause)) && !/^ +at /m.test(String(cause))) return undefined;
      throw new Error(`${words}: ${cause}`, { cause });
    });
    if (given === undefined) return 'a person is told what to do';
    const isAsItWas = given.ever.every(({ path, text }) => text === base.answers.get(path));
    if (isOfLog && (await whyUnreadable(data)) !== null) {
      // The rows show the log as it was; who reads the lost part is told what to do.
      if (isAsItWas) return 'a person is told what to do';
      throw new Error(`${words}: answers changed, and the log cannot be read to compare them`);
    }
    const left = isOfLog && !isAsItWas ? await answersOfLog(data) : base.answers;
    const known = (path: string) => [base.answers.get(path), left.get(path)];
    for (const { path, text } of given.ever) {
      if (known(path).includes(text)) continue;
      throw new Error(`${path} after ${words}: ${text}\nand not ${known(path).join('\nor ')}`);
    }
    const last = isDeepEqual(given.last, base.answers) ? base.answers : left;
    for (const [path, text] of given.last) {
      if (text !== last.get(path))
        throw new Error(`${path} in the end, after ${words}: ${text}\nand not ${last.get(path)}`);
    }
    return last === base.answers ? 'as it was' : 'as the log is now';
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}

const isDeepEqual = (one: Answers, other: Answers) => [...one].every(([path, text]) => other.get(path) === text);

interface Given {
  /**
   * Every answer given; for a damaged log, only those given at rest, after everything that the
   * damage removed fell due again.
   */
  readonly ever: readonly { readonly path: string; readonly text: string }[];
  readonly last: Answers;
}

/**
 * Asks until every path is answered, several times over.
 * @throws the system's output if it does not start, or stops making progress.
 */
async function answersOver(data: string, isOfLog: boolean): Promise<Given> {
  const system = await startSystem(data, ENVIRONMENT);
  try {
    const ever: { readonly path: string; readonly text: string; readonly at: string }[] = [];
    const giveUpAt = Date.now() + MENDED_MS;
    for (let rounds = 0; ; ) {
      const last = new Map<string, string>();
      let unanswered = '';
      const at = isOfLog ? await restingAt(system.url) : '';
      for (const path of ALL) {
        const { status, text } = await ask(system.url, path);
        if (ANSWERED.includes(status)) last.set(path, text);
        else expect([503, path], text).toEqual([status, path]);
        if (last.has(path)) ever.push({ path, text, at });
        else unanswered = `${path}: ${text}`;
      }
      const { log, projected } = JSON.parse(last.get('/v1/position') ?? '{"log":1}');
      const isAtRest = unanswered === '' && log === projected && (at === '' || at === log);
      rounds = isAtRest ? rounds + 1 : 0;
      if (rounds === (isOfLog ? 4 : 2)) return { ever: ever.filter((one) => one.at === at), last };
      const { text } = await ask(system.url, '/readyz');
      if (isOfLog && unanswered !== '' && TO_DO.test(unanswered + text)) throw new Error(unanswered + text);
      if (Date.now() > giveUpAt) throw new Error(`unanswered: ${unanswered}\n${text}`);
      await pause(50);
    }
  } finally {
    await system.stop();
  }
}

/** The end of the log once the rows have reached it; else ''. */
async function restingAt(url: string): Promise<string> {
  const { status, text } = await ask(url, '/v1/position');
  const { log, projected } = JSON.parse(text);
  return status === 200 && log === projected ? log : '';
}

/** The answers of a system that has only the log. */
async function answersOfLog(data: string): Promise<Answers> {
  rmSync(join(data, 'clickhouse'), { recursive: true });
  const system = await startSystem(data, ENVIRONMENT);
  const answers = new Map<string, string>();
  await projected(system, MENDED_MS);
  for (const path of ALL) answers.set(path, (await ask(system.url, path)).text);
  await system.stop();
  return answers;
}

/**
 * Checks that reading one stream gives the same events as reading the whole log. Resolves to the
 * words of a log that cannot be read as a whole, which say what to do; null where it can.
 */
async function whyUnreadable(data: string): Promise<string | null> {
  const store = await sqliteEventStore({ file: join(data, 'events.db') });
  try {
    await expectSameStreams(store);
    return null;
  } catch (error) {
    if (error instanceof EventStoreError && TO_DO.test(error.message)) return error.message;
    throw error;
  } finally {
    await store.close();
  }
}

async function expectSameStreams(store: EventStore): Promise<void> {
  const streams = new Map<string, StoredEvent[]>();
  for await (const page of store.readAll()) {
    for (const event of page) streams.set(event.stream, [...(streams.get(event.stream) ?? []), event]);
  }
  for (const [stream, events] of streams) {
    const isDamaged = events.some(({ time }) => time === 0);
    if (!isDamaged) expect(await store.readStream(stream), stream).toEqual(events);
  }
}

test('a part that is lost of any table is found, nothing is shown without it, and the lists are filled anew', async () => {
  await expectMended('part', stopped, (data) => {
    const inStore = filesIn(join(data, 'clickhouse')).filter((file) => file.includes('/store/'));
    const parts = inStore.filter((file) => file.endsWith('/count.txt'));
    const largest = parts.map((file) => join(file, '..')).sort((a, b) => sizeOf(b) - sizeOf(a));
    rmSync(largest[1]!, { recursive: true });
    return { words: `the part ${largest[1]} lost`, isOfLog: false };
  });
}, 300_000);

const sizeOf = (part: string) => filesIn(part).reduce((size, file) => size + statSync(file).size, 0);

test('a folder that the engine cannot open is set aside, and the lists are filled anew in a new one', async () => {
  await expectMended('format', stopped, (data) => {
    const [file] = filesIn(join(data, 'clickhouse')).filter((name) => name.endsWith('/format_version.txt'));
    writeFileSync(file!, 'x');
    return { words: `${file} changed`, isOfLog: false };
  });
}, 300_000);

test(
  `of ${TRIALS} files at random, of the log or of the read model, each lost, emptied, cut or changed, none makes a figure that the log does not, and all is answered again`,
  async () => {
    const chance =
      DAMAGE_TRIALS === undefined && process.env.CRASH_SEED === undefined ? chanceFrom(3002) : chanceOfRun();
    const failures: string[] = [];
    const outcomes: Partial<Record<Outcome, number>> = {};
    for (let trial = 0; trial < TRIALS; trial++) {
      const base = chance.pick([stopped, killed]);
      try {
        const outcome = await expectMended(`trial-${trial}`, base, (data) => damageAnything(data, chance));
        outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      } catch (error) {
        failures.push((error as Error).message);
      }
    }
    console.log(`seed ${chance.seed}: ${JSON.stringify(outcomes)}`);
    expect(failures, `CRASH_SEED=${chance.seed}`).toEqual([]);
  },
  300_000 + TRIALS * 60_000,
);
