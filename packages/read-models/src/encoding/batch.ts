import { type Rows, tableOf } from '../tables.ts';
import { type Block, type RowEncoder, rowEncoder } from './encode-rows.ts';
import { type ProofChange, sumOfChanges } from './row-proof.ts';

export * from './row-proof.ts';
export type { Block };

/**
 * Everything that a range of the log, `(after, upTo]`, changes, ready to be inserted. Written exactly once: a kill at any instant and a restart from
 * the checkpoint give the same tables as an undisturbed run.
 */
export interface Batch extends Readonly<Record<keyof Rows, Block>> {
  readonly after: bigint;
  readonly upTo: bigint;
  /** How many more events are set aside at its end than at its beginning; negative where retries took more than were added. */
  readonly parkedMore: number;
  /** Events that were set aside and that its retries took: their moments lie anywhere before its end. */
  readonly retried: number;
  /** Customers all of whose rows are in it: those that the tables have go first. Such a batch is written when none other is. */
  readonly forgotten: readonly Forgotten[];
  /** What it changes about what the rows of its lane say; null where that is not known. */
  readonly proof: ProofChange | null;
  /** Proof of the last event up to its end; where it is left out, that of the batch before stands. */
  readonly history?: string | undefined;
}

/** A customer of whom rows from before are to go, because their own events up to a position have left the log. */
export interface Forgotten {
  readonly customerId: string;
  readonly upTo: bigint;
}

/** What a batch changes beside its rows. */
export type BatchChange = Pick<Batch, 'parkedMore' | 'retried' | 'proof' | 'forgotten'>;

/** What a batch changes about the events that are set aside. */
export type ParkedChange = Pick<Batch, 'parkedMore' | 'retried'>;

/** Takes the rows of one batch after another, each as it comes. */
export interface BatchEncoder {
  readonly rows: { readonly [Name in keyof Rows]: RowEncoder<Rows[Name][number]> };
  /** All rows since the last batch, as the one of this range. */
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

/** The batch of rows that are at hand all at once. */
export function encodeBatch(after: bigint, upTo: bigint, rows: Partial<Rows>, proof: ProofChange | null = null): Batch {
  const encoder = batchEncoder();
  const addAll = <Name extends keyof Rows>(name: Name) => {
    for (const row of rows[name] ?? []) encoder.rows[name].add(row);
  };
  for (const name of Object.keys(tableOf) as (keyof Rows)[]) addAll(name);
  return encoder.batch(after, upTo, { ...parkedChangeOf(rows.parked ?? []), proof, forgotten: [] });
}

/** Where each event has one row: set aside in this batch, tried again in vain, or taken by a retry. */
function parkedChangeOf(rows: Rows['parked']): ParkedChange {
  const retried = rows.filter(({ retriedAt }) => retriedAt > 0n).length;
  return { retried, parkedMore: rows.filter(({ version, position }) => version === position).length - retried };
}

/** Batches of one range, made of different customers, as one. */
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

/** The blocks of a batch, in no order. */
export function blocksOf(batch: Batch): Block[] {
  return Object.keys(tableOf).map((name) => batch[name as keyof Rows]);
}
