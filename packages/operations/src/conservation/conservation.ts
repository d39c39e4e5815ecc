import {
  CHECKSUM_MODULUS,
  type CountedMinutes,
  type EventStore,
  type MinuteCounts,
  type MinuteRange,
  type MinuteSpan,
} from '@touchstone/event-store';
import { type ProjectedRange, projectedByRange, type ReadModels } from '@touchstone/read-models';
import { inSlices } from '@touchstone/runtime';

export interface ConservationSources {
  readonly store: EventStore;
  readonly readModels: Pick<ReadModels, 'clickhouse'>;
  /** Number of the generation in force. */
  readonly generation: () => number;
  /**
   * Position up to which `touchstone.log` holds the log; `null` while it is unknown. Absent without
   * a relay.
   */
  readonly relayedTo?: (() => bigint | null) | undefined;
  readonly progress: {
    /** Log position up to which the generation in force holds everything. */
    projected(): bigint;
  };
  /** Aborts the reading with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Counts the published events of one source that were recorded in one minute, by where they are.
 */
export interface ConservationRow {
  /** Start of the minute, ms since 1970. */
  readonly minute: number;
  readonly source: string;
  readonly accepted: number;
  /**
   * Accepted, but no longer in the log: an operator deleted or truncated the stream of their
   * customer.
   */
  readonly cut: number;
  /** `null` where the store does not keep them by minute. */
  readonly duplicates: number | null;
  readonly conflicts: number | null;
  readonly rejected: number | null;
  readonly stored: number;
  /** Stored up to the position of the relay, including events cut since; `null` without a relay. */
  readonly relayed: number | null;
  readonly projected: number;
  readonly parked: number;
  /** Stored after the position of the read model: on its way, and no fault. */
  readonly lag: number;
  /**
   * Number of events that are missing, repeated or unknown; 0 if all is well. It is a lower bound:
   * a checksum detects faults that cancel each other out.
   */
  readonly gap: number;
}

export interface Conservation {
  readonly span: MinuteSpan;
  readonly generation: number;
  /** The comparison covers everything up to this log position. */
  readonly projected: bigint;
  readonly relayed: bigint | null;
  /** Sorted by minute, then by source. */
  readonly rows: readonly ConservationRow[];
  readonly ranges: readonly MinuteRange[];
}

/** Greatest number of ranges in one query to the read model. */
const RANGES = 2000;

/**
 * Compares the counts by minute and source: accepted = stored + cut, and stored = projected +
 * parked. The counts of the log are of one instant, and those of the read model end at its earlier
 * position, so that lag is not mistaken for a gap.
 * @throws EventStoreError `refused` for a span of more than `eventsMax` events.
 */
export async function readConservation(
  sources: ConservationSources,
  span: MinuteSpan,
  eventsMax?: number,
): Promise<Conservation> {
  // Read in one turn of the event loop, so that the position belongs to the generation, and before
  // the counts of the log, so that it is never ahead of them.
  const generation = sources.generation();
  const projected = sources.progress.projected();
  const relayed = sources.relayedTo?.() ?? null;
  const marks = relayed === null ? [projected] : [projected, relayed];
  const counted = await sources.store.countMinutes({
    ...span,
    marks,
    signal: sources.signal,
    ...(eventsMax === undefined ? {} : { eventsMax }),
  });
  const taken = await readTaken(sources, generation, projected, counted.ranges);
  return { span, generation, projected, relayed, rows: await rowsOf(counted, taken), ranges: counted.ranges };
}

/** Repeats work that failed because a rebuild replaced and dropped its generation meanwhile. */
export async function onOneGeneration<Result>(
  sources: Pick<ConservationSources, 'generation'>,
  work: () => Promise<Result>,
): Promise<Result> {
  const generation = sources.generation();
  try {
    return await work();
  } catch (error) {
    if (sources.generation() === generation) throw error;
    return onOneGeneration(sources, work);
  }
}

/** Order of conservation rows. */
export function byMinuteAndSource(a: ConservationRow, b: ConservationRow): number {
  return a.minute - b.minute || (a.source < b.source ? -1 : 1);
}

type Taken = Omit<ProjectedRange, 'after'> & { readonly minute: number };

async function readTaken(
  { readModels }: ConservationSources,
  generation: number,
  projected: bigint,
  ranges: readonly MinuteRange[],
): Promise<Taken[]> {
  const taken: Taken[] = [];
  const reached = ranges.filter(({ after }) => after < projected);
  for (let from = 0; from < reached.length; from += RANGES) {
    const part = reached.slice(from, from + RANGES);
    const { upTo } = part.at(-1)!;
    const rows = await projectedByRange(readModels.clickhouse, generation, {
      after: part.map(({ after }) => after),
      upTo: upTo < projected ? upTo : projected,
      modulus: CHECKSUM_MODULUS,
    });
    const minutes = new Map(part.map(({ after, minute }) => [after, minute]));
    await inSlices(rows, ({ after, ...row }) => void taken.push({ ...row, minute: minutes.get(after)! }));
  }
  return taken;
}

const keyOf = ({ minute, source }: { readonly minute: number; readonly source: string }) => `${minute} ${source}`;

async function rowsOf({ counts }: CountedMinutes, taken: readonly Taken[]): Promise<ConservationRow[]> {
  const left = new Map<string, Taken>();
  await inSlices(taken, (row) => void left.set(keyOf(row), row));
  const rows: ConservationRow[] = [];
  await inSlices(counts, (count) => {
    const key = keyOf(count);
    rows.push(rowOf(count, left.get(key)));
    left.delete(key);
  });
  // The store counts in the order of the rows. Only the read model holds what is left.
  if (left.size === 0) return rows;
  for (const only of left.values()) rows.push(rowOf({ ...NOTHING, minute: only.minute, source: only.source }, only));
  return rows.sort(byMinuteAndSource);
}

const NONE = { events: 0, checksum: 0 };
const NOTHING = { accepted: 0, duplicates: 0, conflicts: 0, rejected: 0, stored: NONE, upTo: [NONE, NONE] };

function rowOf(count: MinuteCounts, taken: Taken | undefined): ConservationRow {
  const { minute, source, accepted, duplicates, conflicts, rejected, stored } = count;
  const [within = NONE, relayed] = count.upTo;
  const { moments = 0, parked = 0, cut = 0, checksum = 0 } = taken ?? {};
  const missing = Math.abs(within.events - moments - parked - cut);
  const differing = missing === 0 && within.checksum !== checksum ? 2 : missing;
  return {
    minute,
    source,
    accepted,
    cut,
    duplicates,
    conflicts,
    rejected,
    stored: stored.events - cut,
    relayed: relayed?.events ?? null,
    projected: moments,
    parked,
    lag: stored.events - within.events,
    gap: Math.abs(accepted - stored.events) + differing,
  };
}
