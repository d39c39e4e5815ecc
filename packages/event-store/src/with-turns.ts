import type { SubscriptionItem } from './port.ts';

/**
 * What a subscription brings, and `turn` whenever what `nextTurn` answers has resolved before the next item came; it is asked anew after either, and
 * undefined is no turn. However the loop over them ends, the subscription ends with it, even while it waits for an event.
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
