import type { StoredEvent } from '@touchstone/event-store';
import { decodeEvent, type JourneyEvent } from '@touchstone/journey';

export interface Folded<Result> {
  readonly result: Result;
  /** How many events could not be taken, and were left out. */
  readonly parkedEvents: number;
}

/**
 * Fold a customer's stored events, in log order. An event that cannot be decoded, or that the fold throws on, is left out and the rest
 * is folded as if it had never come: what the projector does with an event that it parks.
 * `fold` must be pure: it is run again without the event that it threw on. What it throws between events is passed on.
 */
export function foldStream<Result>(
  events: readonly StoredEvent[],
  fold: (events: Iterable<JourneyEvent>) => Result,
): Folded<Result> {
  const decoded: JourneyEvent[] = [];
  for (const event of events) {
    try {
      decoded.push(decodeEvent(event));
    } catch {
      // It is counted below, by not being there.
    }
  }
  for (;;) {
    let current = -1;
    const taken = function* () {
      for (current = 0; current < decoded.length; current++) yield decoded[current]!;
    };
    try {
      return { result: fold(taken()), parkedEvents: events.length - decoded.length };
    } catch (error) {
      if (current < 0 || current >= decoded.length) throw error;
      decoded.splice(current, 1);
    }
  }
}
