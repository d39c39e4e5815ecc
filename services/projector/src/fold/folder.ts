import type { Measures } from '@touchstone/journey';
import { type Batch, batchEncoder } from '@touchstone/read-models/encoding';
import { createCustomers, type LoggedEvent, type Streams } from './customers.ts';
import { createFold, type Folded } from './fold.ts';
import { type Condemned, RangeFault } from './range-fault.ts';

/** Follows some of the log, range by range, into batches of the read model. After a failure it can only be closed: a {@link RangeFault}, or that the log could not be read. */
export interface Folder {
  /** The next events of the range. Resolves when more may be given. */
  take(events: readonly LoggedEvent[]): Promise<void>;
  /** End the range, which began where the one before it ended. The next one may be begun before this has resolved. */
  finish(upTo: bigint): Promise<FoldedBatch>;
  /** It will not be asked any more. */
  close(): void;
}

export interface FoldedBatch extends Folded {
  readonly batch: Batch;
}

export interface FolderOptions {
  readonly measures: Measures;
  /** What the tables hold already. */
  readonly after: bigint;
  /** Positions of events up to there that were set aside, and so are no part of any state. */
  readonly parked: readonly bigint[];
  /** Customers kept in memory; whoever is not among them is read from the log when they are met. */
  readonly customersMax?: number | undefined;
  /** It follows what comes in, which is less than could be folded at once: then not all that could fold need do so. */
  readonly isLive?: boolean | undefined;
  /** Events to be set aside unread: ranges of them alone ended with a {@link RangeFault}. */
  readonly condemned?: Condemned | undefined;
}

/** Starts a {@link Folder}; where it folds is up to whoever gives it. */
export type StartFolder = (options: FolderOptions, streams: Streams) => Folder;

/** Folds on the caller's own thread. */
export const foldHere: StartFolder = ({ measures, after, parked, customersMax, condemned }, streams) => {
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
        // Of whoever was forgotten no row is there that says it is set aside.
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

/** The same streams, and whether an error is one of reading them. */
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
