import type { FoldedBatch } from '@touchstone/projection';
import type { ProjectorOptions } from './projector.ts';

/**
 * While one batch is inserted the next is folded, and another may wait; their checkpoints are
 * written in order.
 */
const BATCHES_UNDER_WAY = 4;

export interface Writing {
  /** Adds the next batch, which may still be folding. Resolves when one more may be added. */
  add(folding: Promise<FoldedBatch>, upTo: bigint, history: string): Promise<void>;
  isIdle(): boolean;
  /** Resolves when no batch is under way. */
  settled(): Promise<void>;
}

/**
 * Writes batches into the tables: they are announced and submitted in order, and inserted
 * concurrently. The first failure aborts `failing`, and nothing is written after it.
 */
export function openWriting(
  { readModels, generation, announce, onWritten, isAudible = () => true, toldBeyond }: ProjectorOptions,
  parked: Set<bigint>,
  after: bigint,
  failing: AbortController,
  onWrittenUpTo: (upTo: bigint) => void,
): Writing {
  const underWay = new Set<Promise<void>>();
  let writtenFrom = after;
  let lastGiven = Promise.resolve();
  let lastWritten = Promise.resolve();

  /** Resolves once the batch is submitted, to a promise that resolves when it is written. */
  async function give(
    folded: FoldedBatch,
    upTo: bigint,
    history: string,
    before: Promise<void>,
  ): Promise<{ written: Promise<void> }> {
    failing.signal.throwIfAborted();
    for (const position of folded.parked) parked.add(position);
    for (const position of folded.retried) parked.delete(position);
    const isTold = isAudible() || (toldBeyond !== undefined && upTo > toldBeyond);
    if (folded.announcements.length > 0 && isTold) await announce(folded.announcements);
    // An empty batch writes nothing, so it counts as written when the batch before it is.
    if (folded.isEmpty) return { written: before };
    const batch = { ...folded.batch, after: writtenFrom, history };
    writtenFrom = upTo;
    return { written: readModels.writeBatch(generation, batch) };
  }

  async function write(
    folding: Promise<FoldedBatch>,
    upTo: bigint,
    given: Promise<{ written: Promise<void> }>,
  ): Promise<void> {
    try {
      const { written } = await given;
      await written;
      onWritten?.(await folding);
      onWrittenUpTo(upTo);
    } catch (error) {
      failing.abort(error);
    }
  }

  return {
    isIdle: () => underWay.size === 0,
    settled: async () => void (await Promise.all(underWay)),
    async add(folding, upTo, history) {
      const turn = lastGiven;
      const before = lastWritten;
      const given = (async () => {
        const folded = await folding;
        await turn;
        return give(folded, upTo, history, before);
      })();
      lastGiven = given.then(
        () => undefined,
        () => undefined,
      );
      const writing = write(folding, upTo, given).finally(() => underWay.delete(writing));
      lastWritten = writing;
      underWay.add(writing);
      if (underWay.size === BATCHES_UNDER_WAY) await Promise.race(underWay);
    },
  };
}
