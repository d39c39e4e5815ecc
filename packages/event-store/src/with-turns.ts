import type { SubscriptionItem } from './port.ts';

/**
 * Yields the items of a subscription, and `'turn'` when the promise of `nextTurn()` resolves before
 * the next item; `nextTurn` is called again after every yield, and undefined means no turn is
 * wanted. The subscription ends when the caller's loop does, even while it waits for an event.
 */
export async function* withTurns(
  subscribe: (signal: AbortSignal) => AsyncIterable<SubscriptionItem>,
  signal: AbortSignal,
  nextTurn: () => Promise<void> | undefined,
): AsyncGenerator<SubscriptionItem | 'turn'> {
  const over = new AbortController();
  const items = subscribe(AbortSignal.any([signal, over.signal]))[Symbol.asyncIterator]();
  let next: Promise<IteratorResult<SubscriptionItem>> | undefined;
  try {
    for (;;) {
      next ??= items.next();
      const turn = nextTurn();
      const came = turn === undefined ? await next : await Promise.race([turn, next]);
      if (came === undefined) {
        yield 'turn';
        continue;
      }
      next = undefined;
      if (came.done === true) return;
      yield came.value;
    }
  } finally {
    over.abort();
    next?.catch(() => undefined);
    await items.return?.();
  }
}
