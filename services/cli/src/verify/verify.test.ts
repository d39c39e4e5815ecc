import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bestSqliteDriver, type EventToAppend, openEventStore, openLogReader } from '@touchstone/event-store';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { NAMED_MAX } from './differences.ts';
import { verify } from './verify.ts';
import { verifyFolder } from './verify-notes.ts';

const event = (n: number, source = '/shop'): EventToAppend => {
  const body = { specversion: '1.0', id: `e-${n}`, source, type: 'test.v1', subject: `${n % 3}`, data: {} };
  return { stream: `customer-${n % 3}`, source, id: body.id, type: body.type, time: n, body: JSON.stringify(body) };
};

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'touchstone-verify-'));
  file = join(folder, 'log.sqlite');
  onTestFinished(() => rmSync(folder, { recursive: true }));
});

async function fill(count: number, source?: string): Promise<void> {
  const store = await openEventStore(`sqlite:${file}`, { now: () => 1_767_225_600_000 });
  await store.append(Array.from({ length: count }, (_, n) => event(n + 1, source)));
  await store.close();
}

function change(sql: string): void {
  const database = bestSqliteDriver()!.open(file);
  database.exec(sql);
  database.close();
}

/** One run; `stopAt` is the number of steps after which it is stopped. */
async function run(stopAt = Number.POSITIVE_INFINITY, isAnew = false) {
  const reader = await openLogReader(`sqlite:${file}`);
  const stop = new AbortController();
  let steps = 0;
  try {
    return await verify({
      reader,
      folder: verifyFolder(join(folder, 'notes')),
      isAnew,
      signal: stop.signal,
      onProgress: () => {
        steps += 1;
        if (steps === stopAt) stop.abort();
      },
    });
  } finally {
    await reader.close();
  }
}

it('a log that holds has no differences, and nothing is left of the run', async () => {
  await fill(2_000);
  expect(await run()).toMatchObject({ outcome: 'done', events: 2_000, upTo: 2_000n, differences: { count: 0 } });
  expect(existsSync(join(folder, 'notes'))).toBe(false);
});

it('stopped anywhere, the next run goes on there and finds what an undisturbed one does, each once', async () => {
  await fill(2_000);
  change(`UPDATE events SET body = body || ' ' WHERE position % 300 = 0`);
  change('UPDATE ledger SET accepted = accepted + 1, checksum = NULL');
  const undisturbed = await run();
  expect(undisturbed.differences.count).toBe(7);
  let runs = 0;
  for (;;) {
    // The first runs stop after one page of the log, the later ones after some parts of the
    // identities.
    const summary = await run(runs < 4 ? 1 : 90);
    runs += 1;
    if (summary.outcome === 'done') {
      expect(summary.differences).toEqual(undisturbed.differences);
      expect(summary.resumedAfter).toBe(2_000n);
      break;
    }
  }
  expect(runs).toBeGreaterThan(5);
});

it('beyond a hundred differences the others are counted', async () => {
  await fill(500);
  change(`UPDATE events SET body = body || ' ' WHERE position <= 250`);
  const { differences } = await run();
  expect(differences.count).toBe(250);
  expect(differences.named).toHaveLength(NAMED_MAX);
  expect(differences.named[0]).toEqual({
    position: '1',
    customer: '1',
    field: 'event',
    what: 'is not what was accepted: its checksum does not hold',
  });
});

it('another log in the same place, and a run that is to begin anew, begin at the beginning', async () => {
  await fill(1_500);
  expect(await run(1)).toMatchObject({ outcome: 'interrupted', events: 500 });
  expect(await run(1, true)).toMatchObject({ outcome: 'interrupted', events: 500, resumedAfter: undefined });
  for (const left of ['', '-wal', '-shm']) rmSync(file + left, { force: true });
  await fill(1_600, '/other');
  expect(await run()).toMatchObject({
    outcome: 'done',
    events: 1_600,
    resumedAfter: undefined,
    differences: { count: 0 },
  });
});
