import type { EventStore } from '@touchstone/event-store';
import { customerStream } from '@touchstone/journey';
import { type Generation, lastMomentUpTo, momentsBefore, type ReadModels } from '@touchstone/read-models';

/**
 * Which log the rows come from: this log; this log before it was restored from a backup; another
 * log.
 */
export type Whose = 'ours' | 'diverged' | 'foreign';

type Asked = { readonly store: EventStore; readonly readModels: ReadModels };

/**
 * Decides which log the rows of a generation come from. Rows older than the naming of logs count as
 * ours if they know no more than the log holds.
 */
export async function whoseRows({ store, readModels }: Asked, generation: Generation): Promise<Whose> {
  const log = await store.identity();
  if (generation.log !== '' && generation.log !== log) return 'foreign';
  const histories = await readModels.histories(generation.number);
  if (!(await holdsAll(store, histories))) return 'diverged';
  // Rows of an earlier version record no history; only a position beyond the log's head shows that
  // they are of another one.
  const isBeyond = async () => (await readModels.projected(generation.number)) > (await store.head());
  if (histories.length === 0 && (await isBeyond())) return 'diverged';
  if (generation.log === '') await readModels.adoptGeneration(generation.number, log);
  return 'ours';
}

/** Asks for all of them concurrently. */
export async function holdsAll(store: EventStore, histories: readonly string[]): Promise<boolean> {
  return (await Promise.all(histories.map((history) => store.holds(history)))).every((isHeld) => isHeld);
}

/** The point at which the history of the rows and that of the log part. */
export interface Fork {
  /** Position of the last moment that the log and the rows agree on. */
  readonly position: bigint;
  /** Events of the log beyond this position may not have been announced. */
  readonly toldUpTo: bigint;
}

/**
 * The log holds an announcement a little behind its cause, so a backup may end between the two.
 * This many moments (some batches of a projector) bound the distance.
 */
const TOLD_WITHIN = 200_000;

/** Binary search: a log that holds a moment at its position holds everything before it too. */
export async function findFork({ store, readModels }: Asked, generation: number): Promise<Fork> {
  const { clickhouse } = readModels;
  let held = 0n;
  let end = (await readModels.projected(generation)) + 1n;
  while (end - held > 1n) {
    const middle = held + (end - held) / 2n;
    const moment = await lastMomentUpTo(clickhouse, generation, { upTo: middle });
    if (moment === null || moment.position <= held || (await isThere(store, moment))) held = middle;
    else end = moment.position;
  }
  const position = (await lastMomentUpTo(clickhouse, generation, { upTo: held }))?.position ?? 0n;
  return { position, toldUpTo: await momentsBefore(clickhouse, generation, { upTo: position, moments: TOLD_WITHIN }) };
}

async function isThere(
  store: EventStore,
  { position, customerId, source, eventId, recordedAt }: NonNullable<Awaited<ReturnType<typeof lastMomentUpTo>>>,
): Promise<boolean> {
  const [event] = await store.readStream(customerStream(customerId), { after: position - 1n, upTo: position });
  return event?.id === eventId && event.source === source && event.recordedAt === recordedAt;
}
