import { type Rows, tableOf } from '../tables.ts';
import { type Block, type RowEncoder, rowEncoder } from './encode-rows.ts';
import { type ProofChange, sumOfChanges } from './row-proof.ts';

export * from './row-proof.ts';
export type { Block };

/**
 * All changes of a log range `(after, upTo]`, encoded for insertion. Batches are written exactly
 * once: a kill at any instant and a restart from the checkpoint give the same tables as an
 * undisturbed run.
 */
export interface Batch extends Readonly<Record<keyof Rows, Block>> {
  readonly after: bigint;
  readonly upTo: bigint;
  /** Net number of events parked in this range; negative if retries took more than were added. */
  readonly parkedMore: number;
  /**
   * Parked events that retries of this range took: their moments have positions anywhere before its
   * end.
   */
  readonly retried: number;
  /**
   * Customers whose rows in the batch are complete: the writer first deletes those in the tables.
   * Such a batch is written while no other is.
   */
  readonly forgotten: readonly Forgotten[];
  /** Change of the lane's row proof; null if unknown. */
  readonly proof: ProofChange | null;
  /**
   * History proof of the last event in the range; if absent, that of the previous batch remains
   * valid.
   */
  readonly history?: string | undefined;
}

/**
 * A customer whose earlier rows must be deleted, because their own events before `leftBefore` have
 * left the log: all that come before the first event from which the new rows are made.
 */
export interface Forgotten {
  readonly customerId: string;
  readonly leftBefore: bigint;
}

/** The changes of a batch besides its rows. */
export type BatchChange = Pick<Batch, 'parkedMore' | 'retried' | 'proof' | 'forgotten'>;

/** The changes of a batch to the parked events. */
export type ParkedChange = Pick<Batch, 'parkedMore' | 'retried'>;

/** Collects rows one by one and cuts them into batches. */
export interface BatchEncoder {
  readonly rows: { readonly [Name in keyof Rows]: RowEncoder<Rows[Name][number]> };
  /** Returns all rows since the last batch as the batch of this range. */
  batch(after: bigint, upTo: bigint, change: BatchChange): Batch;
}

export function batchEncoder(): BatchEncoder {
  const rows = {
    moments: rowEncoder(tableOf.moments.columns),
    journeys: rowEncoder(tableOf.journeys.columns),
    customers: rowEncoder(tableOf.customers.columns),
    promises: rowEncoder(tableOf.promises.columns),
    complaints: rowEncoder(tableOf.complaints.columns),
    trustChanges: rowEncoder(tableOf.trustChanges.columns),
    parked: rowEncoder(tableOf.parked.columns),
  };
  return {
    rows,
    batch: (after, upTo, { parkedMore, retried, proof, forgotten }) => ({
      after,
      upTo,
      parkedMore,
      retried,
      proof,
      forgotten,
      moments: rows.moments.block(),
      journeys: rows.journeys.block(),
      customers: rows.customers.block(),
      promises: rows.promises.block(),
      complaints: rows.complaints.block(),
      trustChanges: rows.trustChanges.block(),
      parked: rows.parked.block(),
    }),
  };
}

/** Encodes rows that are all in memory as one batch. */
export function encodeBatch(after: bigint, upTo: bigint, rows: Partial<Rows>, proof: ProofChange | null = null): Batch {
  const encoder = batchEncoder();
  const addAll = <Name extends keyof Rows>(name: Name) => {
    for (const row of rows[name] ?? []) encoder.rows[name].add(row);
  };
  for (const name of Object.keys(tableOf) as (keyof Rows)[]) addAll(name);
  return encoder.batch(after, upTo, { ...parkedChangeOf(rows.parked ?? []), proof, forgotten: [] });
}

/**
 * Counts rows of `parked`, one per event: parked in this batch, retried in vain, or taken by a
 * retry.
 */
function parkedChangeOf(rows: Rows['parked']): ParkedChange {
  const retried = rows.filter(({ retriedAt }) => retriedAt > 0n).length;
  return { retried, parkedMore: rows.filter(({ version, position }) => version === position).length - retried };
}

/** Merges batches of one range, made from different customers, into one. */
export function mergeBatches(batches: readonly Batch[]): Batch {
  const [{ after, upTo }] = batches as [Batch];
  const merged = Object.keys(tableOf).map((name) => {
    const blocks = batches.map((batch) => batch[name as keyof Rows]);
    const rows = blocks.reduce((sum, block) => sum + block.rows, 0);
    return [name, { columns: blocks[0]!.columns, rows, bytes: blocks.flatMap(({ bytes }) => bytes) }] as const;
  });
  const sumOf = (name: keyof ParkedChange) => batches.reduce((sum, batch) => sum + batch[name], 0);
  const proofs = batches.map(({ proof }) => proof);
  const proof = proofs.includes(null) ? null : sumOfChanges(proofs as ProofChange[]);
  const forgotten = batches.flatMap((batch) => batch.forgotten);
  const change = { parkedMore: sumOf('parkedMore'), retried: sumOf('retried'), proof, forgotten };
  return { after, upTo, ...change, ...(Object.fromEntries(merged) as unknown as Record<keyof Rows, Block>) };
}

/** The blocks of a batch, in no particular order. */
export function blocksOf(batch: Batch): Block[] {
  return Object.keys(tableOf).map((name) => batch[name as keyof Rows]);
}
