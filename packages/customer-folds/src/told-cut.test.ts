import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EventStore, sqliteEventStore } from '@touchstone/event-store';
import { historyCutEvent } from '@touchstone/journey';
import { expect, onTestFinished, test } from 'vitest';
import { toldCut } from './told-cut.ts';

const STREAM = 'changes-c1';

function changes(bodies: readonly object[], from = 0) {
  return bodies.map((body, at) => ({
    stream: STREAM,
    source: '/touchstone',
    id: `${from + at}`,
    type: 'touchstone.change.promise-broken.v1',
    time: from + at,
    body: JSON.stringify(body),
  }));
}

const cutUpTo = (upTo: bigint) =>
  historyCutEvent('c1', { upTo, from: null, isErased: false }, { by: 'read', at: Date.UTC(2026, 0, 1) });

/** A store with many announcements of one customer, and how many of them were read. */
async function storeOfMany(many: number) {
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-told-cut-'));
  const store = await sqliteEventStore({ file: join(folder, 'events.db') });
  onTestFinished(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  await store.append(changes([...Array(many - 1).fill({ some: 'change' }), cutUpTo(7n)]));
  const read = { events: 0 };
  async function* streamPages(...of: Parameters<EventStore['streamPages']>) {
    for await (const page of store.streamPages(...of)) {
      read.events += page.length;
      yield page;
    }
  }
  // Others may cut streams of this log, so that it need not name whom they cut.
  return { store, counted: { streamPages, cutOf: async () => null }, read };
}

test('of many who ask at once, and of those who ask again, one reads all announcements; what was told since is seen', async () => {
  const { store, counted, read } = await storeOfMany(1_200);
  const asked = await Promise.all(Array.from({ length: 8 }, () => toldCut(counted, 'c1')));
  expect(asked.map((cut) => cut?.upTo)).toEqual(Array(8).fill(7n));
  expect(read.events).toBe(1_200);
  await store.append(changes([{ one: 'more' }, cutUpTo(9n)], 1_200));
  expect((await toldCut(counted, 'c1'))?.upTo).toBe(9n);
  expect((await toldCut(counted, 'c1', 1_200n))?.upTo).toBe(7n);
  expect(await toldCut(counted, 'c2')).toBeNull();
  expect(read.events).toBe(1_202 + 1_200);
});

test('whoever asks after reading has failed reads anew', async () => {
  const { counted } = await storeOfMany(10);
  let isAway = true;
  const store = {
    cutOf: counted.cutOf,
    streamPages: (...of: Parameters<EventStore['streamPages']>) => {
      if (isAway) throw new Error('away');
      return counted.streamPages(...of);
    },
  };
  await expect(toldCut(store, 'c1')).rejects.toThrow('away');
  isAway = false;
  expect((await toldCut(store, 'c1'))?.upTo).toBe(7n);
});
