import { isCorrupt, type LogReader } from '../log-reader.ts';
import { instantOf, MINUTE_MS, minuteOf, withoutHalfPairs } from '../minute-counts.ts';
import type { MinuteCounts } from '../port.ts';
import type { LogDifference } from './log-difference.ts';

const DAY_MS = 24 * 60 * MINUTE_MS;
const UNKNOWN = -1;
const END = minuteOf(Number.MAX_SAFE_INTEGER);

/** Progress of the comparison of minutes with the events accepted in them, as JSON values. */
export interface MinutesState {
  /** Start of the first minute not yet compared, ms since 1970. */
  readonly from: number;
  /** End of the day being counted; 0 before the first. */
  readonly until: number;
  /** Events found since `from`. */
  readonly found: readonly (readonly [minute: number, source: string, events: number])[];
  /** Damaged events among those found, whose minute and source are uncertain. */
  readonly damaged: number;
}

export const NO_MINUTES: MinutesState = { from: 0, until: 0, found: [], damaged: 0 };

/**
 * Counts published events as the caller meets them, and compares each day with the events accepted
 * in it.
 */
export interface HeldMinutes {
  /**
   * Whether an event recorded at this time, ms since 1970, is of a later day, for which the caller
   * must call {@link HeldMinutes.begin} first.
   */
  isBeyond(recordedAt: number): boolean;
  /** Compares all minutes before the day of this time; with `undefined`, all there are. */
  begin(recordedAt: number | undefined): AsyncIterable<LogDifference>;
  /** Counts an event; `recordedAt` is -1 while no recording time is known. */
  add(recordedAt: number, source: string, isDamaged: boolean): void;
  state(): MinutesState;
}

type Counted = { readonly minute: number; readonly source: string; events: number };

/**
 * Begins a comparison. `upTo` is the position of the last event that the caller will meet; events
 * accepted after it are left out.
 */
export function heldMinutes(
  reader: Pick<LogReader, 'countMinutes'>,
  upTo: bigint,
  { from, until, found, damaged }: MinutesState,
  signal?: AbortSignal,
): HeldMinutes {
  const here = new Map<string, Counted>();
  const countOf = (minute: number, given: string) => {
    const source = withoutHalfPairs(given);
    const key = `${minute} ${source}`;
    let counted = here.get(key);
    if (counted === undefined) {
      counted = { minute, source, events: 0 };
      here.set(key, counted);
    }
    return counted;
  };
  for (const [minute, source, events] of found) countOf(minute, source).events = events;

  async function* hold(to: number): AsyncIterable<LogDifference> {
    let counts: readonly MinuteCounts[];
    try {
      ({ counts } = await reader.countMinutes({ from, to, marks: [upTo], signal }));
    } catch (error) {
      if (!isCorrupt(error)) throw error;
      const { cause } = error as Error;
      const what = cause instanceof Error ? cause.message : (error as Error).message;
      yield { position: null, stream: null, field: 'minute', what };
      return;
    }
    const accepted = new Map<string, number>();
    let missing = 0;
    for (const { minute, source, accepted: events, stored, upTo: held } of counts) {
      const key = `${minute} ${source}`;
      countOf(minute, source);
      accepted.set(key, events - stored.events + held[0]!.events);
    }
    for (const [key, { events }] of here) missing += (accepted.get(key) ?? 0) - events;
    // A damaged event may count for another minute or source than it was accepted in; the sum of
    // the day must still match.
    if (damaged > 0 && missing === 0) return;
    for (const [key, { minute, source, events }] of [...here].sort(([, a], [, b]) => a.minute - b.minute)) {
      const told = accepted.get(key) ?? 0;
      if (told === events) continue;
      const what = `of source ${JSON.stringify(source)} ${told} events were accepted in the minute of ${instantOf(minute)}, and the log holds ${events}`;
      yield { position: null, stream: null, field: 'minute', what };
    }
  }

  return {
    isBeyond: (recordedAt) => recordedAt >= until,
    async *begin(recordedAt) {
      const day = recordedAt === undefined ? END : recordedAt - (recordedAt % DAY_MS);
      // Damaged events at the very beginning count for the minute of the first sound event.
      const early = recordedAt === undefined ? [] : [...here.values()].filter(({ minute }) => minute === UNKNOWN);
      for (const { minute, source } of early) here.delete(`${minute} ${source}`);
      if (day > from) yield* hold(day);
      here.clear();
      damaged = 0;
      [from, until] = [day, day + DAY_MS];
      for (const { source, events } of early) {
        countOf(minuteOf(recordedAt!), source).events += events;
        damaged += events;
      }
    },
    add(recordedAt, source, isDamaged) {
      countOf(recordedAt < 0 ? UNKNOWN : minuteOf(recordedAt), source).events += 1;
      if (isDamaged) damaged += 1;
    },
    state: () => ({
      from,
      until,
      found: [...here.values()].map(({ minute, source, events }) => [minute, source, events] as const),
      damaged,
    }),
  };
}
