import { expect, test } from 'vitest';
import type { SubscriptionItem } from '../../src/port.ts';
import type { ContractContext } from './context.ts';
import { event } from './event.ts';

export function subscribing(context: ContractContext) {
  const subscribe = (options: { after?: bigint; streamPrefix?: string; pageSize?: number } = {}) => {
    const abort = new AbortController();
    const items = context.store.subscribe({ ...options, signal: abort.signal })[Symbol.asyncIterator]();
    return { items, abort };
  };
  const ids = (items: readonly SubscriptionItem[]) =>
    items.flatMap((item) => (item.kind === 'events' ? item.events.map(({ id }) => id) : []));

  test('a subscription from the start delivers all, says that it has caught up, and goes on with what is appended', async () => {
    await context.store.append([event({ id: 'a' }), event({ id: 'b' })]);
    const { items, abort } = subscribe();
    expect(ids(await untilCaughtUp(items, await context.store.head()))).toEqual(['a', 'b']);
    const { position } = await context.store.append([event({ id: 'c' })]);
    expect(ids(await untilCaughtUp(items, position))).toEqual(['c']);
    await context.store.append([event({ id: 'd' })]);
    const last = await context.store.append([event({ id: 'e' })]);
    expect(ids(await untilCaughtUp(items, last.position))).toEqual(['d', 'e']);
    abort.abort();
    expect((await items.next()).done).toBe(true);
  });

  test('a subscription to an empty log has caught up at once', async () => {
    const { items, abort } = subscribe();
    expect(await items.next()).toMatchObject({ done: false, value: { kind: 'caughtUp' } });
    const { position } = await context.store.append([event({ id: 'a' })]);
    expect(ids(await untilCaughtUp(items, position))).toEqual(['a']);
    abort.abort();
    await items.return?.();
  });

  test('a subscription from the middle delivers what comes after it', async () => {
    const first = await context.store.append([event({ id: 'a' }), event({ id: 'b' })]);
    await context.store.append([event({ id: 'c' })]);
    const { items, abort } = subscribe({ after: first.position });
    expect(ids(await untilCaughtUp(items, await context.store.head()))).toEqual(['c']);
    abort.abort();
    await items.return?.();
  });

  test('a subscription to a prefix delivers those streams alone and still tells how far it is', async () => {
    const { items, abort } = subscribe({ streamPrefix: 'customer-' });
    await context.store.append([event({ id: 'a' })]);
    const { position } = await context.store.append([event({ id: 'b', stream: 'changes-1' })]);
    expect(ids(await untilCaughtUp(items, position))).toEqual(['a']);
    abort.abort();
    await items.return?.();
  });

  test('a subscription that waits ends when it is aborted', async () => {
    const { items, abort } = subscribe();
    await untilCaughtUp(items, 0n);
    const waiting = items.next();
    abort.abort();
    expect((await waiting).done).toBe(true);
  });

  test('a slow reader holds up neither appends nor other readers, and misses nothing', async () => {
    const slow = subscribe({ pageSize: 10 });
    const quick = subscribe({ pageSize: 10 });
    await context.store.append([event({ id: 'e-0' })]);
    await slow.items.next();
    for (let at = 1; at < 100; at++)
      await context.store.append([event({ id: `e-${at}`, stream: `customer-${at % 7}` })]);
    const head = await context.store.head();
    expect(ids(await untilCaughtUp(quick.items, head))).toHaveLength(100);
    const rest = ids(await untilCaughtUp(slow.items, head));
    expect(new Set(rest).size).toBe(rest.length);
    expect(rest.at(-1)).toBe('e-99');
    expect(rest.length).toBeGreaterThanOrEqual(99);
    for (const { abort, items } of [slow, quick]) {
      abort.abort();
      await items.return?.();
    }
  });

  test('many subscriptions see the same events in the same order while many append', async () => {
    const readers = Array.from({ length: 5 }, () => subscribe({ pageSize: 7 }));
    const appended = Promise.all(
      Array.from({ length: 60 }, (_, at) =>
        context.store.append([event({ id: `e-${at}`, stream: `customer-${at % 9}` })]),
      ),
    );
    await appended;
    const head = await context.store.head();
    const seen = await Promise.all(readers.map(async ({ items }) => ids(await untilCaughtUp(items, head))));
    expect(seen[0]).toHaveLength(60);
    for (const other of seen) expect(other).toEqual(seen[0]);
    for (const { abort, items } of readers) {
      abort.abort();
      await items.return?.();
    }
  });
}

/** Items up to the first notice that everything up to `position` was delivered. */
async function untilCaughtUp(items: AsyncIterator<SubscriptionItem>, position: bigint): Promise<SubscriptionItem[]> {
  const seen: SubscriptionItem[] = [];
  for (;;) {
    const { value, done } = await items.next();
    if (done) throw new Error('The subscription ended early.');
    seen.push(value);
    if (value.kind === 'caughtUp' && value.position >= position) return seen;
  }
}
