import { z } from 'zod';
import type { Batch } from '../encoding/batch.ts';
import { insertInto } from '../encoding/insert-into.ts';
import { encodeProof, proofAfter } from '../encoding/row-proof.ts';
import type { ClickHouse, InsertConditions } from '../engine/clickhouse.ts';
import { databaseOf } from '../generations/generations.ts';
import { ReadModelError } from '../read-model-error.ts';
import type { Rows } from '../tables.ts';
import { type Checkpoint, checkpointsTable, momentsTable, parkedTable, tableOf } from '../tables.ts';
import { claimWriting } from './claim-writing.ts';
import { forgetCustomers } from './forget-customers.ts';
import { countUpTo, type Lane, readCheckpoint } from './lanes.ts';

/**
 * Writes the batches of one lane exactly once. The rows of a batch are inserted first, each table
 * in parallel as one part that appears whole or not at all, and the checkpoint last; after a kill
 * the log is read again from the checkpoint, perhaps cut into other batches.
 */
export interface BatchWriter {
  /**
   * Waits for running writes and returns the lane's checkpoint: continue reading the log after its
   * position.
   */
  resume(): Promise<Checkpoint>;
  /**
   * Writes one range of the log and resolves once its checkpoint is written; `after` must be the
   * `upTo` of the previous range. The caller may pass the next range before this one resolves:
   * their rows are then inserted in parallel, and their checkpoints in order.
   * @throws ReadModelError; all ranges passed after a failed one fail too, and `resume` then says
   * where to continue.
   */
  writeBatch(batch: Batch): Promise<void>;
}

/**
 * One writer per lane of a generation at a time: a second one fences the first, whose next insert
 * of moments or of a checkpoint is refused. Other rows that it inserts meanwhile equal those of its
 * successor.
 */
export function batchWriter(clickhouse: ClickHouse, generation: number, lane: Lane): BatchWriter {
  const database = databaseOf(generation);
  let state: Promise<WriterState> | undefined;

  async function load(): Promise<WriterState> {
    // Claim the lane before reading its state: afterwards no insert that timed out, or that a
    // killed process left with a server, can still appear.
    const claim = await claimWriting(clickhouse, database, lane);
    // If no other process can write and this one writes all customers, nobody can take the claim
    // over. This saves the check, 3 to 4 ms of CPU time per insert.
    const isAlone = clickhouse.isOurs && lane.of === 1;
    const checkpoint = await readCheckpoint(clickhouse, generation, lane);
    return {
      lane,
      fence: isAlone ? {} : { onlyIf: claim },
      claimed: checkpoint,
      writtenUpTo: await lastMoment(clickhouse, database),
      lastCheckpoint: Promise.resolve(),
      underWay: new Set(),
      failed: false,
    };
  }

  async function current(): Promise<WriterState> {
    const before = state === undefined ? undefined : await state.catch(() => undefined);
    if (before !== undefined && !before.failed) return before;
    // A failed batch may still be inserting into other tables, so read the tables only after
    // everything has settled.
    if (before !== undefined) await Promise.allSettled(before.underWay);
    state = load();
    return state;
  }

  return {
    resume: async () => {
      const before = await state?.catch(() => undefined);
      if (before !== undefined) await Promise.allSettled(before.underWay);
      state = undefined;
      return (await current()).claimed;
    },
    writeBatch: async (batch) => {
      const claimedIn = await current();
      const writing = writeClaimed(clickhouse, database, claimedIn, batch);
      claimedIn.underWay.add(writing);
      try {
        await writing;
      } catch (error) {
        claimedIn.failed = true;
        throw error;
      } finally {
        claimedIn.underWay.delete(writing);
      }
    },
  };
}

interface WriterState {
  readonly lane: Lane;
  /** Condition for inserts that must not come from two writers: see {@link claimWriting}. */
  readonly fence: InsertConditions;
  /** The checkpoint once everything passed so far is written. */
  claimed: Checkpoint;
  /**
   * Greatest position of any lane's moments when the writer started: no moment beyond it can be
   * there already.
   */
  readonly writtenUpTo: bigint;
  lastCheckpoint: Promise<void>;
  readonly underWay: Set<Promise<void>>;
  failed: boolean;
}

async function writeClaimed(clickhouse: ClickHouse, database: string, state: WriterState, batch: Batch): Promise<void> {
  if (batch.after !== state.claimed.position || batch.upTo < batch.after) {
    throw new ReadModelError(
      'invalid',
      `The range (${batch.after}, ${batch.upTo}] does not follow ${state.claimed.position}, where ${nameOf(state.lane, database)} stands.`,
    );
  }
  if (batch.forgotten.length > 0) return writeForgetting(clickhouse, database, state, batch);
  const checkpoint = {
    position: batch.upTo,
    moments: state.claimed.moments + batch.moments.rows,
    parked: state.claimed.parked + batch.parkedMore,
    proof: state.claimed.proof && batch.proof && proofAfter(state.claimed.proof, batch.proof),
    history: batch.history ?? state.claimed.history,
  };
  state.claimed = checkpoint;
  const before = state.lastCheckpoint;
  const rows = insertRows(clickhouse, database, state, batch);
  state.lastCheckpoint = Promise.all([rows, before]).then(() =>
    writeCheckpoint(clickhouse, database, state, checkpoint),
  );
  // The caller sees the error through the await below; this only prevents an unhandled rejection of
  // the chain.
  state.lastCheckpoint.catch(() => undefined);
  // Waits for all inserts, so that no row of a failed batch appears after `resume` has read the
  // tables.
  await Promise.allSettled([rows]);
  await state.lastCheckpoint;
}

/**
 * A run that knew more of the log may have written the deleted rows, so the remaining ones are
 * counted in the tables.
 */
async function writeForgetting(
  clickhouse: ClickHouse,
  database: string,
  state: WriterState,
  batch: Batch,
): Promise<void> {
  const history = batch.history ?? state.claimed.history;
  state.claimed = { ...state.claimed, position: batch.upTo, history };
  await state.lastCheckpoint;
  await forgetCustomers(clickhouse, database, batch.forgotten, state.fence.onlyIf);
  await insertRows(clickhouse, database, state, batch);
  state.claimed = { ...(await countUpTo(clickhouse, database, state.lane, batch.upTo)), history };
  state.lastCheckpoint = writeCheckpoint(clickhouse, database, state, state.claimed);
  await state.lastCheckpoint;
}

/**
 * Inserts the rows of a batch so that repeating it changes nothing. A replaced row is the same
 * function of the same events and wins by its version; moments are not replaced, so the engine
 * skips positions that it has (a deduplication token of the range would not do, because a repeat
 * may cut the log elsewhere).
 */
async function insertRows(
  clickhouse: ClickHouse,
  database: string,
  { writtenUpTo, fence }: WriterState,
  batch: Batch,
): Promise<void> {
  const hasRetried = batch.retried > 0;
  const nameIn = (table: { readonly name: string }) => `${database}.${table.name}`;
  // The moments of retried events lie before the batch. Record the retries first, so that a count
  // of moments up to a checkpoint knows which came later.
  if (hasRetried) await clickhouse.insert(nameIn(parkedTable), batch.parked, fence);
  const inserts = Object.entries(tableOf).map(([rows, table]) => {
    const block = batch[rows as keyof Rows];
    if (block.rows === 0 || (hasRetried && table === parkedTable)) return undefined;
    const name = nameIn(table);
    if (table !== momentsTable) return clickhouse.insert(name, block);
    const within = (column: string) => `${column} > ${batch.after} AND ${column} <= ${batch.upTo}`;
    const retried = `position IN (SELECT position FROM ${nameIn(parkedTable)} WHERE ${within('retried_at')})`;
    const written = hasRetried ? `(${within('position')}) OR ${retried}` : within('position');
    const already = `position IN (SELECT position FROM ${name} WHERE ${written})`;
    const mayBeThere = hasRetried || batch.after < writtenUpTo;
    return clickhouse.insert(name, block, { ...fence, ...(mayBeThere && { leaveOut: already }) });
  });
  const failed = (await Promise.allSettled(inserts)).find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

async function writeCheckpoint(
  clickhouse: ClickHouse,
  database: string,
  { lane, fence }: WriterState,
  { position, moments, parked, proof, history }: Checkpoint,
): Promise<void> {
  const counts = { moments: BigInt(moments), parked: BigInt(parked) };
  const row = { lanes: lane.of, lane: lane.index, position, ...counts, proof: encodeProof(proof), history };
  await insertInto(clickhouse, database, checkpointsTable, [row], fence);
}

const nameOf = ({ index, of }: Lane, database: string) =>
  of === 1 ? database : `lane ${index} of ${of} of ${database}`;

const positionRow = z.object({ position: z.string().transform(BigInt) });

async function lastMoment(clickhouse: ClickHouse, database: string): Promise<bigint> {
  const sql = `SELECT toString(max(moments.position)) AS position FROM {database:Identifier}.${momentsTable.name}`;
  const [row] = await clickhouse.query(sql, { database }, positionRow);
  return row!.position;
}
