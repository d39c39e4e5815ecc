import { inSlices } from '@touchstone/runtime/time-slices';
import {
  type AppendOptions,
  type AppendOutcome,
  type CountedMinutes,
  type EventStore,
  EventStoreError,
  type EventStoreErrorCode,
  type EventToAppend,
  type MinuteCounts,
} from '../../port.ts';
import type { LogState, SqliteLog } from '../log.ts';

/** Messages between a store's owner and the thread that writes its log. */

export interface ThreadData {
  readonly file: string;
  /** Name of the SQLite library. */
  readonly driver: string;
  readonly runEvents: number | undefined;
}

/** Methods whose arguments and results are sent unchanged. */
export type PlainMethod = Exclude<keyof SqliteLog, 'append' | 'state' | 'grown'>;

/** Everything asked in one turn, appends first. */
export interface ToLogThread {
  readonly appends: PackedAppends;
  readonly calls: readonly { readonly id: number; readonly method: PlainMethod; readonly given: readonly unknown[] }[];
}

export type Answer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly failure: PackedError };

export type FromLogThread =
  | { readonly kind: 'opened'; readonly state: LogState }
  | { readonly kind: 'refused'; readonly failure: PackedError }
  /** `state` is the state after all these answers. */
  | {
      readonly kind: 'answers';
      readonly state: LogState;
      readonly appended: PackedOutcomes;
      readonly answers: readonly Answer[];
    };

/**
 * Several appends, with their events concatenated and stored by column: a message of a thousand
 * objects takes several times as long.
 */
export interface PackedAppends {
  readonly ids: readonly number[];
  /** Number of events of each append. */
  readonly sizes: readonly number[];
  readonly options: readonly (AppendOptions | undefined)[];
  readonly streams: readonly string[];
  readonly sources: readonly string[];
  readonly eventIds: readonly string[];
  readonly types: readonly string[];
  readonly times: readonly number[];
  readonly bodies: readonly string[];
}

export interface Append {
  readonly id: number;
  readonly events: readonly EventToAppend[];
  readonly options: AppendOptions | undefined;
}

export function packAppends(appends: readonly Append[]): PackedAppends {
  const events = appends.length === 1 ? appends[0]!.events : appends.flatMap((append) => append.events);
  return {
    ids: appends.map(({ id }) => id),
    sizes: appends.map((append) => append.events.length),
    options: appends.map((append) => append.options),
    streams: events.map(({ stream }) => stream),
    sources: events.map(({ source }) => source),
    eventIds: events.map(({ id }) => id),
    types: events.map(({ type }) => type),
    times: events.map(({ time }) => time),
    bodies: events.map(({ body }) => body),
  };
}

export function unpackAppends(packed: PackedAppends): Append[] {
  const { ids, sizes, options, streams, sources, eventIds, types, times, bodies } = packed;
  let at = 0;
  return ids.map((id, append) => {
    const events: EventToAppend[] = [];
    for (const end = at + sizes[append]!; at < end; at++) {
      events.push({
        stream: streams[at]!,
        source: sources[at]!,
        id: eventIds[at]!,
        type: types[at]!,
        time: times[at]!,
        body: bodies[at]!,
      });
    }
    return { id, events, options: options[append] };
  });
}

const OUTCOMES: readonly AppendOutcome[] = ['accepted', 'duplicate', 'conflict', 'full'];

/** Outcomes of several appends, concatenated; each is an index into the list of outcomes. */
export interface PackedOutcomes {
  readonly ids: readonly number[];
  readonly sizes: readonly number[];
  readonly outcomes: Uint8Array;
}

export interface Appended {
  readonly id: number;
  readonly outcomes: readonly AppendOutcome[];
}

export function packOutcomes(appended: readonly Appended[]): PackedOutcomes {
  return {
    ids: appended.map(({ id }) => id),
    sizes: appended.map(({ outcomes }) => outcomes.length),
    outcomes: Uint8Array.from(
      appended.flatMap(({ outcomes }) => outcomes),
      (outcome) => OUTCOMES.indexOf(outcome),
    ),
  };
}

export function unpackOutcomes({ ids, sizes, outcomes }: PackedOutcomes): Appended[] {
  let at = 0;
  return ids.map((id, append) => {
    const from = at;
    at += sizes[append]!;
    return { id, outcomes: Array.from(outcomes.subarray(from, at), (outcome) => OUTCOMES[outcome]!) };
  });
}

/** An error sent to another thread, which loses its class and its code. */
export interface PackedError {
  readonly code: EventStoreErrorCode | undefined;
  readonly error: unknown;
}

export function packError(error: unknown): PackedError {
  return { code: error instanceof EventStoreError ? error.code : undefined, error };
}

export function unpackError({ code, error }: PackedError): unknown {
  if (code === undefined) return error;
  const { message, cause } = error as Error;
  return new EventStoreError(code, message, { cause });
}

/** Messages between a store's owner and the thread that counts its minutes. */
export type MinutesThreadData = Pick<ThreadData, 'file' | 'driver'>;

export type ToMinutesThread =
  | {
      readonly kind: 'count';
      readonly id: number;
      readonly span: Omit<Parameters<EventStore['countMinutes']>[0], 'signal'>;
    }
  | { readonly kind: 'give up'; readonly id: number }
  | { readonly kind: 'close' };

export type FromMinutesThread =
  | { readonly id: number; readonly result: PackedMinutes }
  | { readonly id: number; readonly failure: PackedError };

/**
 * Counted minutes by column. There may be as many rows as events, and a message with an object for
 * each takes the receiving thread several times as long.
 */
export interface PackedMinutes extends Pick<CountedMinutes, 'ranges'> {
  readonly sources: readonly string[];
  /** Figures of one row after the other; NaN for `null`. */
  readonly figures: Float64Array;
}

/** Minute, outcomes and stored events; the events up to each mark follow. */
const FIGURES_LEAST = 7;

export function packMinutes({ ranges, counts }: CountedMinutes): PackedMinutes {
  const width = FIGURES_LEAST + 2 * (counts[0]?.upTo.length ?? 0);
  const figures = new Float64Array(width * counts.length);
  for (const [at, { minute, accepted, duplicates, conflicts, rejected, stored, upTo }] of counts.entries()) {
    const outcomes = [duplicates, conflicts, rejected].map((count) => count ?? Number.NaN);
    const events = [stored, ...upTo].flatMap(({ events, checksum }) => [events, checksum]);
    figures.set([minute, accepted, ...outcomes, ...events], at * width);
  }
  return { ranges, sources: counts.map(({ source }) => source), figures };
}

/** The counted minutes, made in slices while other work of the thread goes on. */
export async function unpackMinutes({ ranges, sources, figures }: PackedMinutes): Promise<CountedMinutes> {
  const width = figures.length / sources.length;
  const counts: MinuteCounts[] = [];
  await inSlices(sources, (source) => {
    const from = counts.length * width;
    const figure = (at: number) => figures[from + at]!;
    const outcome = (at: number) => (Number.isNaN(figure(at)) ? null : figure(at));
    const counted = (at: number) => ({ events: figure(at), checksum: figure(at + 1) });
    const marks = (width - FIGURES_LEAST) / 2;
    counts.push({
      minute: figure(0),
      source,
      accepted: figure(1),
      duplicates: outcome(2),
      conflicts: outcome(3),
      rejected: outcome(4),
      stored: counted(5),
      upTo: Array.from({ length: marks }, (_, mark) => counted(FIGURES_LEAST + 2 * mark)),
    });
  });
  return { ranges, counts };
}
