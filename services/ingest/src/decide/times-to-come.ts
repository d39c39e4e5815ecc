import { formatInstant } from '@touchstone/journey';
import type { AcceptDeps } from './accept-events.ts';
import type { LimitedAppend } from './customer-limits.ts';
import type { Refusal } from './decide-event.ts';

/**
 * Appends events but refuses those whose time lies too far ahead, because one publisher's wrong
 * clock must not age a customer (or with `CLOCK=log` everybody). An event that is stored already
 * stays a duplicate or a conflict.
 */
export function timelyAppend({ store, limited = store.append, latestTime }: AcceptDeps): LimitedAppend {
  return async (events) => {
    const latest = latestTime?.() ?? null;
    if (latest === null || !events.some(({ time }) => time > latest)) return limited(events);
    const [ahead, timely] = [events.filter(({ time }) => time > latest), events.filter(({ time }) => time <= latest)];
    // A `streamMax` of 0 stores nothing but finds duplicates. It runs before the other append, so
    // that events of this call do not make each other duplicates.
    const found = await store.append(ahead, { streamMax: 0 });
    const appended = timely.length === 0 ? { outcomes: [], position: 0n, refusals: undefined } : await limited(timely);
    const refusals = new Map<number, Refusal>();
    const next = { ahead: 0, timely: 0 };
    const outcomes = events.map(({ time }, index) => {
      const isAhead = time > latest;
      const at = isAhead ? next.ahead++ : next.timely++;
      const outcome = (isAhead ? found : appended).outcomes[at]!;
      const refusal = isAhead ? (outcome === 'full' ? refusalOf(latest) : undefined) : appended.refusals?.get(at);
      if (refusal !== undefined) refusals.set(index, refusal);
      return outcome;
    });
    const position = found.position > appended.position ? found.position : appended.position;
    return { outcomes, position, refusals };
  };
}

function refusalOf(latest: number): Refusal {
  const message = `is later than ${formatInstant(latest)}, the latest that is taken now: is the clock right that gave it?`;
  return { code: 'time_in_future', errors: [{ path: 'time', message }] };
}
