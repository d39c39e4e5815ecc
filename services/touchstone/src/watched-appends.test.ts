import { type EventStore, EventStoreError, type EventToAppend } from '@touchstone/event-store';
import { Registry } from '@touchstone/runtime';
import { expect, test } from 'vitest';
import { watchedAppends } from './watched-appends.ts';

function given() {
  let failure: EventStoreError | undefined;
  let now = Date.UTC(2026, 0, 1);
  const store = {
    append: async () => {
      if (failure !== undefined) throw failure;
      return { outcomes: [], position: 0n };
    },
  } as unknown as EventStore;
  const watched = watchedAppends(store, () => now);
  const registry = new Registry();
  watched.measure(registry);
  return {
    ...watched,
    registry,
    append: () => watched.store.append([]).catch(() => undefined),
    fail: (error?: EventStoreError) => {
      failure = error;
    },
    pass: (ms: number) => {
      now += ms;
    },
  };
}

test('a store that could take nothing fails its check until it takes something, and is counted', async () => {
  const { append, check, fail, registry } = given();
  await append();
  expect(check.run()).toBeUndefined();
  fail(new EventStoreError('full', 'No room left for /secret/events.db'));
  await append();
  await append();
  expect(check.run()).toBe('nothing could be appended at 2026-01-01T00:00:00.000Z: no room is left on its disk');
  expect(check.isNeeded).toBe(false);
  expect(await registry.metrics()).toContain('touchstone_append_failures_total{code="full"} 2');
  fail();
  await append();
  expect(check.run()).toBeUndefined();
});

test('an append that no store would take is no fault of the store, and a failure of long ago is forgotten', async () => {
  const { append, check, fail, pass } = given();
  fail(new EventStoreError('refused', 'too large'));
  await append();
  expect(check.run()).toBeUndefined();
  fail(new EventStoreError('unavailable', 'no answer'));
  await append();
  expect(check.run()).toContain('did not answer');
  pass(16 * 60_000);
  expect(check.run()).toBeUndefined();
});

test('the store is asked for no more and no less than the caller asks: how long a stream may be goes along', async () => {
  const asked: Parameters<EventStore['append']>[] = [];
  const answer = { outcomes: ['full' as const], position: 7n };
  const append: EventStore['append'] = async (...of) => {
    asked.push(of);
    return answer;
  };
  const { store } = watchedAppends({ append } as EventStore);
  const event: EventToAppend = { stream: 'customer-ann', source: '/s', id: '1', type: 't', time: 1, body: '{}' };
  expect(await store.append([event], { streamMax: [2] })).toBe(answer);
  expect(await store.append([event])).toBe(answer);
  expect(asked).toEqual([[[event], { streamMax: [2] }], [[event]]]);
});
