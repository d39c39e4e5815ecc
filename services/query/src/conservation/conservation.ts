import {
  CHECKSUM_MODULUS,
  type CountedMinutes,
  type MinuteCounts,
  type MinuteRange,
  type MinuteSpan,
} from '@touchstone/event-store';
import { type ProjectedRange, projectedByRange } from '@touchstone/read-models';
import { inSlices } from '@touchstone/runtime';
import type { QueryDeps } from '../deps.ts';

export interface ConservationSources extends Pick<QueryDeps, 'store' | 'generation' | 'relayedTo'> {
  readonly readModels: Pick<QueryDeps['readModels'], 'clickhouse'>;
  readonly progress: Pick<QueryDeps['progress'], 'projected'>;
  /** Ends it with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Where the events of one source are that were recorded in one minute. Published events only. */
export interface ConservationRow {
  /** Start of the minute, ms since 1970. */
  readonly minute: number;
  readonly source: string;
  readonly accepted: number;
  /** Accepted, and gone from the log since: an operator deleted or truncated their customer. */
  readonly cut: number;
  /** `null` where the store does not keep them by minute. */
  readonly duplicates: number | null;
  readonly conflicts: number | null;
  readonly rejected: number | null;
  readonly stored: number;
  /** Stored up to where the relay has come; `null` without a relay. */
  readonly relayed: number | null;
  readonly projected: number;
  readonly parked: number;
  /** Stored, and beyond what the read model has come to: on its way, no fault. */
  readonly lag: number;
  /** Events that are not where they must be, or are there too often; 0 of all that is well. At least so many: faults that even out are told by a checksum. */
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

/** Ranges of one question to the read model. */
const RANGES = 2000;

/**
 * Accepted = stored + cut, and stored = projected + parked, by minute and source; relayed with what was cut. The log's own figures are of one instant, and what the read model holds is
 * compared up to where it had come before: so what is on its way is told apart from what is missing, however busy the system is.
 * @throws EventStoreError `refused` for a span of more than `eventsMax` events.
 */
export async function readConservation(
  sources: ConservationSources,
  span: MinuteSpan,
  eventsMax?: number,
): Promise<Conservation> {
  // Asked in one turn of the event loop, so that the position is the generation's, and before the log, which it is never ahead of.
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
  try {
    const taken = await readTaken(sources, generation, projected, counted.ranges);
    return { span, generation, projected, relayed, rows: await rowsOf(counted, taken), ranges: counted.ranges };
  } catch (error) {
    // A rebuild has taken its place meanwhile, and it is gone.
    if (sources.generation() !== generation) return readConservation(sources, span, eventsMax);
    throw error;
  }
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
  // The read model alone knows of these.
  for (const only of left.values()) rows.push(rowOf({ ...NOTHING, minute: only.minute, source: only.source }, only));
  return rows.sort((a, b) => a.minute - b.minute || (a.source < b.source ? -1 : 1));
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
