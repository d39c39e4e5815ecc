import type { JourneyEvent } from './events.ts';

/** A fold under way: given a customer's events one after the other, in log order, so that nobody needs to hold them all. */
export interface Folding<Result> {
  /** Throws `UnmeasurableEvent` for one that cannot be measured, and is then as if it had not come. After anything else that it throws it is good for nothing. */
  take(event: JourneyEvent): void;
  /** Once, after the last one. */
  finish(): Result;
}

export function foldAll<Result>(folding: Folding<Result>, events: Iterable<JourneyEvent>): Result {
  for (const event of events) folding.take(event);
  return folding.finish();
}

/** The same fold with something else made of what it results in. */
export function mapped<Result, Other>(folding: Folding<Result>, to: (result: Result) => Other): Folding<Other> {
  return { take: (event) => folding.take(event), finish: () => to(folding.finish()) };
}
