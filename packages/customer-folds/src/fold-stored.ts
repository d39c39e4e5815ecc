import type { PackableEvent } from '@touchstone/event-store/packed-events';
import { decodeEvent, type Folding, type JourneyEvent, UnmeasurableEvent } from '@touchstone/journey';

export interface Folded<Result> {
  readonly result: Result;
  /** How many events could not be taken, and were left out. */
  readonly parkedEvents: number;
  /** Position of the last event; `0n` without one. */
  readonly upTo: bigint;
}

/** The fold failed in the midst of an event, which no event known to us brings about. It must be begun anew, without the event at `position`. */
export class BrokenFold extends Error {
  override readonly name = 'BrokenFold';
  readonly position: bigint;
  constructor(position: bigint, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.position = position;
  }
}

/** A fold of stored events, in log order. */
export interface StoredFold<Result> {
  /** Throws {@link BrokenFold}. */
  take(stored: PackableEvent): void;
  finish(): Folded<Result>;
}

/**
 * Fold stored events: one that cannot be decoded or measured is left out, and the others are folded as if it had never come, which is what the projector
 * does with an event that it parks. Those at the positions of `leftOut` are not even tried.
 */
export function foldStored<Result>(folding: Folding<Result>, leftOut: ReadonlySet<bigint>): StoredFold<Result> {
  let upTo = 0n;
  let parkedEvents = 0;
  const isTaken = (stored: PackableEvent): boolean => {
    if (leftOut.has(stored.position)) return false;
    const event = decoded(stored);
    if (event === null) return false;
    try {
      folding.take(event);
      return true;
    } catch (error) {
      if (!(error instanceof UnmeasurableEvent)) throw new BrokenFold(stored.position, error);
      return false;
    }
  };
  return {
    take(stored) {
      upTo = stored.position;
      if (!isTaken(stored)) parkedEvents++;
    },
    finish: () => ({ result: folding.finish(), parkedEvents, upTo }),
  };
}

function decoded(stored: PackableEvent): JourneyEvent | null {
  try {
    return decodeEvent(stored);
  } catch {
    return null;
  }
}

/** The same of events that are at hand. `begin` is called again for each event in whose midst the fold fails. */
export function foldAtHand<Result>(events: readonly PackableEvent[], begin: () => Folding<Result>): Folded<Result> {
  const leftOut = new Set<bigint>();
  for (;;) {
    try {
      const fold = foldStored(begin(), leftOut);
      for (const event of events) fold.take(event);
      return fold.finish();
    } catch (error) {
      if (!(error instanceof BrokenFold)) throw error;
      leftOut.add(error.position);
    }
  }
}
