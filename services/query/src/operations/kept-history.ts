import {
  type ClickHouse,
  countLost,
  type Generation,
  type LostEvents,
  listLost,
  type ReadModels,
} from '@touchstone/read-models';
import { z } from 'zod';

/** Why a generation is kept: its log was put back, and does not hold all that its rows tell of. */
const keptSchema = z.object({
  /** Up to here the log holds what the rows tell of. */
  fork: z.string().transform(BigInt),
  /** When that was found, ms since 1970. */
  at: z.number(),
  /** Numbers of events and customers that were lost when it was found. */
  events: z.number(),
  customers: z.number(),
});

export interface LostHistory extends z.output<typeof keptSchema> {
  readonly generation: number;
}

/** Notes what of a generation is lost, once the one that takes its place is filled, so that it stays until somebody has seen it. */
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

/** Kept, and not the one that answers. */
const isKept = ({ kept, isInForce }: Generation): boolean => kept !== null && !isInForce;

const historyOf = ({ number, kept }: Generation): LostHistory => ({
  generation: number,
  ...keptSchema.parse(JSON.parse(kept ?? '')),
});

/** Events that were found to be lost, until somebody dismisses it. */
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

/** Somebody has seen it: its rows are dropped. False where nothing is kept under this number. */
export async function dismissHistory(readModels: ReadModels, generation: number): Promise<boolean> {
  const isThere = (await keptHistories(readModels)).some((kept) => kept.generation === generation);
  if (isThere) await readModels.dropGeneration(generation);
  return isThere;
}
