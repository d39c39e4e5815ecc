import type { MeasurementRules } from '@touchstone/journey';
import { type Batch, batchEncoder } from '@touchstone/read-models/encoding';
import { createCustomers, type LoggedEvent, type Streams } from './customers.ts';
import { createFold, type Folded } from './fold.ts';
import { type Condemned, RangeFault } from './range-fault.ts';

/**
 * Folds some of the log, range by range, into batches of the read model. After a failure (a
 * {@link RangeFault}, or a log that could not be read) it can only be closed.
 */
export interface FoldSession {
  /** Folds the next events of the range. Resolves when it can take more. */
  take(events: readonly LoggedEvent[]): Promise<void>;
  /**
   * Ends the range, which began at the end of the previous one. The next range may begin before
   * this resolves.
   */
  finish(upTo: bigint): Promise<FoldedBatch>;
  /** Called when the folder is no longer needed. */
  close(): void;
}

export interface FoldedBatch extends Folded {
  readonly batch: Batch;
}

export interface FoldSessionOptions {
  readonly measures: MeasurementRules;
  /** Position that the tables have reached. */
  readonly after: bigint;
  /** Positions up to `after` of parked events, which are no part of any state. */
  readonly parked: readonly bigint[];
  /** Customers kept in memory; others are read from the log when an event touches them. */
  readonly customersMax?: number | undefined;
  /**
   * Whether it follows live events. They come more slowly than all threads could fold, so fewer
   * threads are used.
   */
  readonly isLive?: boolean | undefined;
  /**
   * Events to park without reading: a range of one of them alone ended with a {@link RangeFault}.
   */
  readonly condemned?: Condemned | undefined;
}

/** Starts a {@link FoldSession}; the implementation decides on which thread it folds. */
export type StartFold = (options: FoldSessionOptions, streams: Streams) => FoldSession;

/** Folds on the caller's thread. */
export const foldInProcess: StartFold = ({ measures, after, parked, customersMax, condemned }, streams) => {
  const setAside = new Set(parked);
  const { reading, isUnread } = noticing(streams);
  const customers = createCustomers({
    streams: reading,
    measures,
    parked: setAside,
    fromBeginning: after === 0n,
    customersMax,
  });
  const { rows, batch } = batchEncoder();
  const fold = createFold({ measures, customers, parked: setAside, rows, condemned }, after);
  let from = after;
  let known = setAside.size;
  const asRangeFault = (error: unknown): Error => {
    if (isUnread(error)) return error as Error;
    return new RangeFault(error instanceof Error ? error.message : String(error), { cause: error });
  };
  return {
    async take(events) {
      try {
        await fold.take(events);
      } catch (error) {
        throw asRangeFault(error);
      }
    },
    async finish(upTo) {
      try {
        const folded = fold.finish();
        const { retried, proof, forgotten } = folded;
        // The rows of a forgotten customer, including those of parked events, are deleted anyway,
        // so nothing is counted as taken.
        const taken = forgotten.length > 0 ? 0 : retried.length;
        const change = { parkedMore: setAside.size - known, retried: taken, proof, forgotten };
        known = setAside.size;
        const rowsOfRange = batch(from, upTo, change);
        from = upTo;
        return { ...folded, batch: rowsOfRange };
      } catch (error) {
        throw asRangeFault(error);
      }
    },
    close() {},
  };
};

/** Wraps the streams, and tells whether an error came from reading them. */
function noticing(streams: Streams): { readonly reading: Streams; readonly isUnread: (error: unknown) => boolean } {
  const unread = new Set<unknown>();
  return {
    reading: {
      async *streamPages(...of) {
        try {
          yield* streams.streamPages(...of);
        } catch (error) {
          unread.add(error);
          throw error;
        }
      },
    },
    isUnread: (error) => unread.has(error),
  };
}
