import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openEventStore } from './open-event-store.ts';
import type { EventStore, SubscriptionItem } from './port.ts';
import { withTurns } from './with-turns.ts';

let folder: string;
let store: EventStore;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'touchstone-turns-'));
  store = await openEventStore(`sqlite:${join(folder, 'events.db')}`);
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const follow = (signal: AbortSignal) => store.subscribe({ after: 0n, signal });
const kindOf = (item: SubscriptionItem | 'turn') => (item === 'turn' ? item : item.kind);

test('a turn comes while the log is quiet, and only where one is asked for', async () => {
  const stopping = new AbortController();
  const kinds: string[] = [];
  for await (const item of withTurns(follow, stopping.signal, () =>
    kinds.length === 1 ? Promise.resolve() : undefined,
  )) {
    kinds.push(kindOf(item));
    if (kinds.length === 2) {
      await store.append([{ stream: 'customer-a', id: '1', source: '/s', type: 't', time: 1, body: '{}' }]);
    }
    if (item !== 'turn' && item.kind === 'events') stopping.abort();
  }
  expect(kinds.slice(0, 3)).toEqual(['caughtUp', 'turn', 'events']);
});

test('a loop that fails at a turn ends, and its subscription with it, though no event comes', async () => {
  let given: AbortSignal | undefined;
  const subscribe = (signal: AbortSignal) => {
    given = signal;
    return follow(signal);
  };
  let items = 0;
  const failing = (async () => {
    for await (const item of withTurns(subscribe, new AbortController().signal, () =>
      items > 0 ? Promise.resolve() : undefined,
    )) {
      items++;
      if (item === 'turn') throw new Error('no answer');
    }
  })();
  await expect(failing).rejects.toThrow('no answer');
  expect(given!.aborted).toBe(true);
});
