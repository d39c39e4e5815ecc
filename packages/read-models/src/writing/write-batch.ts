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
 * How a batch is written exactly once.
 *
 * A part appears whole or not at all, and one INSERT is one part. The rows of a batch go first, each table in parallel, its checkpoint
 * last. After a kill the log is read again from the checkpoint, perhaps in other batches. Rows replaced by version are the same
 * function of the same events, so writing them again changes nothing, and a row from beyond a batch keeps winning by its version.
 * Moments are not replaced: how far they reach beyond the checkpoint is read back once, and up to there the engine leaves out the
 * positions that it has. Before it is read back the writer claims its lane, so that an insert that timed out, or that a killed process left with a
 * server, cannot appear after it has looked. (A token of the range would not do: the redo may cut the log in other ranges.)
 * Moments of events that a retry took lie before the batch, and are left out in the same way. That they were taken is written before they are, so that
 * whoever counts the moments up to a checkpoint knows which of them came later.
 *
 * A generation may have several writers, each for a lane of its own. One that has lost its lane and does not know it is refused at its next moments or
 * checkpoint; the other rows that it writes meanwhile are those that its successor writes.
 */
export interface BatchWriter {
  /** Where the lane stands: go on reading the log after its position. Waits for what is being written. */
  resume(): Promise<Checkpoint>;
  /**
   * Write one range of the log; resolves once its checkpoint is written. Ranges follow each other without a gap: `after` is the `upTo`
   * of the one before. The next may be given before this one has resolved: their rows are then inserted in parallel, and their
   * checkpoints one after the other.
   * @throws ReadModelError; all ranges given after the one that failed fail too. Then `resume` says where to go on.
   */
  writeBatch(batch: Batch): Promise<void>;
}

/** One writer per lane of a generation at a time: a second one fences the first. */
export function batchWriter(clickhouse: ClickHouse, generation: number, lane: Lane): BatchWriter {
  const database = databaseOf(generation);
  let state: Promise<WriterState> | undefined;

  async function load(): Promise<WriterState> {
    const claim = await claimWriting(clickhouse, database, lane);
    // Where no other process can write, and this one writes for everybody, nobody can take the claim over. To ask costs 3 to 4 ms of processor time each time.
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
    // What failed may still be inserting other tables: only when all is settled do the tables say what is there.
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
  /** What inserts that must not come from two writers are made under: see {@link claimWriting}. */
  readonly fence: InsertConditions;
  /** Where the checkpoint will stand when everything given so far is written. */
  claimed: Checkpoint;
  /** No moment beyond this position, of any lane, was in the table when the writer began. */
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
  // Whoever gave the batch is told; the chain itself must not end the process.
  state.lastCheckpoint.catch(() => undefined);
  // All inserts settle before this does, so that nothing of a failed batch arrives after a resume has looked.
  await Promise.allSettled([rows]);
  await state.lastCheckpoint;
}

/** What goes was perhaps written by a run that knew more of the log: what is left is counted in the tables. */
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

async function insertRows(
  clickhouse: ClickHouse,
  database: string,
  { writtenUpTo, fence }: WriterState,
  batch: Batch,
): Promise<void> {
  const hasRetried = batch.retried > 0;
  const nameIn = (table: { readonly name: string }) => `${database}.${table.name}`;
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
