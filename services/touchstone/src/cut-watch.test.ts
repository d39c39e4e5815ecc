import { type EventStore, EventStoreError, type EventToAppend } from '@touchstone/event-store';
import { createLogger } from '@touchstone/runtime';
import { expect, test } from 'vitest';
import { watchCuts } from './cut-watch.ts';

/** A log in which every customer was cut, and that takes nothing for some appends. */
function cutLog(refusals: number) {
  const appended: EventToAppend[] = [];
  const askedAt: number[] = [];
  let left = refusals;
  const store = {
    cutOf: async () => ({ upTo: 7n, from: 1_000, isErased: false }),
    async *streamPages() {},
    async append(events: readonly EventToAppend[]) {
      askedAt.push(performance.now());
      if (left-- > 0) throw new EventStoreError('sealed', 'it was copied');
      appended.push(...events);
      return { outcomes: [], position: 9n };
    },
  } as unknown as EventStore;
  return { store, appended, askedAt };
}

const told = (appended: readonly EventToAppend[]) => appended.map(({ stream }) => stream);

test('a cut that was met is recorded once, and its customer is named first', async () => {
  const { store, appended } = cutLog(0);
  const cuts = watchCuts(createLogger({ level: 'silent' }), Date.now, 5);
  cuts.onCut('customer-ada', 'read', 3);
  cuts.onCut('customer-ada', 'read', 3);
  cuts.attend(store);
  await expect.poll(() => told(appended)).toEqual(['history-cuts', 'changes-ada']);
  cuts.onCut('customer-ada', 'append', 3);
  cuts.onCut('customer-ben', 'append', -1);
  await expect.poll(() => told(appended)).toEqual(['history-cuts', 'changes-ada', 'history-cuts', 'changes-ben']);
  await cuts.stop();
});

test('a log that takes nothing is asked ever more seldom, and is told once it takes something', async () => {
  const { store, appended, askedAt } = cutLog(4);
  const cuts = watchCuts(createLogger({ level: 'silent' }), Date.now, 5);
  cuts.attend(store);
  cuts.onCut('customer-ada', 'read', 3);
  await expect.poll(() => told(appended)).toEqual(['history-cuts', 'changes-ada']);
  const pauses = askedAt.slice(1, 5).map((at, n) => at - askedAt[n]!);
  expect(pauses.map((ms, n) => ms >= 5 * 2 ** (n + 1) - 1)).toEqual([true, true, true, true]);
  await cuts.stop();
});
