import type { JourneyEvent } from './events.ts';

/**
 * A fold in progress: it takes a customer's events one by one, in log order, so that nobody has to
 * hold them all.
 */
export interface Folding<Result> {
  /**
   * Throws `UnmeasurableEvent` for an event that cannot be scored, and stays as it was before.
   * After any other error the folding must not be used.
   */
  take(event: JourneyEvent): void;
  /** Returns the result; call it once, after the last event. */
  finish(): Result;
}

export function foldAll<Result>(folding: Folding<Result>, events: Iterable<JourneyEvent>): Result {
  for (const event of events) folding.take(event);
  return folding.finish();
}

/** The same fold with its result transformed. */
export function mapped<Result, Other>(folding: Folding<Result>, to: (result: Result) => Other): Folding<Other> {
  return { take: (event) => folding.take(event), finish: () => to(folding.finish()) };
}
