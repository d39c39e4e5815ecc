import {
  type ClickHouse,
  countLost,
  type Generation,
  type LostEvents,
  listLost,
  type ReadModels,
} from '@touchstone/read-models';
import { z } from 'zod';

/** Reason to keep a generation: a restored log lacks events that its rows hold. */
const keptSchema = z.object({
  /** Last log position up to which the log agrees with the rows. */
  fork: z.string().transform(BigInt),
  /** Time when the loss was found, ms since 1970. */
  at: z.number(),
  /** Numbers of events and customers that were lost when it was found. */
  events: z.number(),
  customers: z.number(),
});

export interface LostHistory extends z.output<typeof keptSchema> {
  readonly generation: number;
}

/**
 * Keeps a generation that holds lost events, once its successor is filled, until somebody dismisses
 * it.
 */
export async function keepHistory(
  readModels: ReadModels,
  { kept, inForce, fork }: { readonly kept: number; readonly inForce: number; readonly fork: bigint },
  at: number,
): Promise<LostHistory> {
  const lost = await countLost(readModels.clickhouse, { kept, inForce, fork });
  await readModels.keepGeneration(kept, JSON.stringify({ fork: String(fork), at, ...lost }));
  return { generation: kept, fork, at, ...lost };
}

export async function keptHistories(readModels: ReadModels): Promise<LostHistory[]> {
  return (await readModels.listGenerations()).filter(isKept).map(historyOf);
}

/** Kept, and not in force. */
const isKept = ({ kept, isInForce }: Generation): boolean => kept !== null && !isInForce;

const historyOf = ({ number, kept }: Generation): LostHistory => ({
  generation: number,
  ...keptSchema.parse(JSON.parse(kept ?? '')),
});

/** Number of events that were found to be lost and are not dismissed yet. */
export async function lostEvents(readModels: ReadModels): Promise<number> {
  return (await keptHistories(readModels)).reduce((sum, { events }) => sum + events, 0);
}

/** The lost events that are still not in the log; some may have been published again since. */
export async function lostNow(
  clickhouse: ClickHouse,
  { generation, fork }: LostHistory,
  inForce: number,
  limit: number,
): Promise<LostEvents & { readonly events: number; readonly customers: number }> {
  const forked = { kept: generation, inForce, fork };
  return { ...(await listLost(clickhouse, forked, limit)), ...(await countLost(clickhouse, forked)) };
}

/** Drops the rows of a kept generation. Resolves to false if none is kept under this number. */
export async function dismissHistory(readModels: ReadModels, generation: number): Promise<boolean> {
  const isThere = (await keptHistories(readModels)).some((kept) => kept.generation === generation);
  if (isThere) await readModels.dropGeneration(generation);
  return isThere;
}
