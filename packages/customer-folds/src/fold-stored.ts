import type { PackableEvent } from '@touchstone/event-store/packed-events';
import { decodeEvent, type Folding, type JourneyEvent, UnmeasurableEvent } from '@touchstone/journey';

export interface Folded<Result> {
  readonly result: Result;
  /** Events left out because they could not be decoded or measured. */
  readonly parkedEvents: number;
  /** Position of the last event; `0n` if there was none. */
  readonly upTo: bigint;
}

/**
 * The fold failed while it took an event in, which no known event causes. The caller must begin a
 * new fold that leaves out the event at `position`.
 */
export class BrokenFold extends Error {
  override readonly name = 'BrokenFold';
  readonly position: bigint;
  constructor(position: bigint, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.position = position;
  }
}

/** A fold of stored events; the caller passes them in log order. */
export interface StoredFold<Result> {
  /** Throws {@link BrokenFold}. */
  take(stored: PackableEvent): void;
  finish(): Folded<Result>;
}

/**
 * Fold stored events. An event that cannot be decoded or measured is left out as if it had never
 * been published, as the projector does when it parks one; events at the positions of `leftOut` are
 * not tried.
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

/**
 * Fold an array of events. `begin` is called again after each event that breaks the fold, and that
 * event is left out.
 */
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
