import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EventToAppend, EXPORTED_EVENTS_MAX, openEventStore, readExportPage } from '@touchstone/event-store';
import { expect, it, onTestFinished } from 'vitest';
import { type ExportOptions, exportLog } from './export-log.ts';
import { openExportTarget } from './export-target.ts';
import type { LogQuery } from './log-source.ts';

const event = (n: number, source = '/shop'): EventToAppend => {
  const body = { specversion: '1.0', id: `e-${n}`, source, type: 'test.v1', subject: `${n % 3}`, data: {} };
  return { stream: `customer-${n % 3}`, source, id: body.id, type: body.type, time: n, body: JSON.stringify(body) };
};
const events = (from: number, to: number, source?: string) =>
  Array.from({ length: to - from + 1 }, (_, i) => event(from + i, source));

/** A log in a temporary folder that answers with pages of this many events. */
async function startLog(pageSize: number) {
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-export-'));
  const store = await openEventStore(`sqlite:${join(folder, 'log.sqlite')}`, { now: () => 0 });
  onTestFinished(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });
  const asked: LogQuery[] = [];
  const page = ({ after = 0n, limit = EXPORTED_EVENTS_MAX, ...filters }: LogQuery) => {
    asked.push({ after, limit });
    return readExportPage(store, { after, limit: Math.min(limit, pageSize), ...filters }, async () => new Map());
  };
  const file = join(folder, 'log.ndjson');
  const run = async (options: Partial<ExportOptions> = {}, to = file) => {
    const target = await openExportTarget(to);
    try {
      return await exportLog({ source: { page }, target, file: to, ...options });
    } finally {
      await target.close();
    }
  };
  const ids = () =>
    readFileSync(file, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line).id);
  return { store, asked, run, ids, file };
}

const idsOf = (all: readonly EventToAppend[]) => all.map(({ id }) => id);

it('all of the log is written, and what came since by the next run', async () => {
  const { store, run, ids } = await startLog(7);
  await store.append(events(1, 40));
  expect(await run()).toMatchObject({ outcome: 'done', events: 40, position: 40n, resumedAfter: undefined });
  expect(await run()).toMatchObject({ outcome: 'done', events: 0, resumedAfter: 40n });
  await store.append(events(41, 50));
  expect(await run()).toMatchObject({ outcome: 'done', events: 10, position: 50n, resumedAfter: 40n });
  expect(ids()).toEqual(idsOf(events(1, 50)));
});

it('stopped anywhere, the next run goes on there', async () => {
  const { store, run, ids } = await startLog(7);
  await store.append(events(1, 40));
  for (let runs = 1; ; runs++) {
    const stop = new AbortController();
    const { outcome } = await run({ signal: stop.signal, onProgress: () => stop.abort() });
    if (outcome === 'done') {
      expect(runs).toBe(6);
      break;
    }
  }
  expect(ids()).toEqual(idsOf(events(1, 40)));
});

it('ends where the log ended when it began, however much comes meanwhile', async () => {
  const { store, run } = await startLog(5);
  await store.append(events(1, 10));
  let next = 11;
  const grow = () => {
    void store.append(events(next, next + 4));
    next += 5;
  };
  const summary = await run({ onProgress: grow });
  expect(summary.events).toBeLessThanOrEqual(15);
  expect(summary.outcome).toBe('done');
});

it('begins where it is told, and writes one customer alone', async () => {
  const { store, run, ids } = await startLog(4);
  await store.append(events(1, 40));
  await run({ from: 20n, customer: '1' });
  expect(ids()).toEqual(idsOf(events(20, 40).filter(({ stream }) => stream === 'customer-1')));
  await store.append(events(41, 50));
  await run({ from: 20n, customer: '1' });
  expect(ids()).toEqual(idsOf(events(20, 50).filter(({ stream }) => stream === 'customer-1')));
});

it('a file of another log, or with another filter, is refused and left as it is', async () => {
  const [here, other, short] = [await startLog(50), await startLog(50), await startLog(50)];
  await here.store.append(events(1, 10));
  await other.store.append(events(1, 20, '/other'));
  await short.store.append(events(1, 5));
  await here.run();
  const before = readFileSync(here.file, 'utf8');
  await expect(other.run({}, here.file)).rejects.toThrow(/export of another log/);
  await expect(short.run({}, here.file)).rejects.toThrow(/export of another log/);
  await expect(here.run({ customer: '0' })).rejects.toThrow(/another --customer/);
  expect(readFileSync(here.file, 'utf8')).toBe(before);
});
