import { randomUUID } from 'node:crypto';
import { minuteOf, tooManyEvents } from '../minute-counts.ts';
import type { CountedMinutes, EventStore } from '../port.ts';
import { PUBLISHED_PREFIX } from '../published-streams.ts';
import type { AppendLimit } from './append/append-limit.ts';
import { lastOf } from './connection.ts';
import { failureOf } from './failure.ts';
import { countPieces, decodePiece, encodePiece, type GrowingPiece, growingPiece, type MinutePiece } from './minutes.ts';
import type { DecodedEvent } from './record.ts';
import { type Recording, withNext } from './recording.ts';
import type { LogAccess } from './subscribe/follow.ts';
import type { WireRecord } from './wire.ts';

/**
 * Counts of the published events up to a position: a pure function of the log, whichever process
 * counts.
 */
export interface LogCounts extends Recording {
  /** Sum of the claims that appends wrote in their own transactions. */
  readonly accepted: number;
  /** Events read back from the log. */
  readonly stored: number;
  /** Greatest `time` of a published event. */
  readonly greatestTime: number | null;
}

const EMPTY: LogCounts = { position: 0n, accepted: 0, stored: 0, greatestTime: null, recordedAt: 0, floors: [] };

/**
 * Newly counted events, or rows of minutes, after which the counts are kept in the store for the
 * next process to resume from.
 */
const KEEP_EVERY = 10_000;
const KEEP_ROWS = 2_000;

/** Upper limit of the characters of events that are received while others are counted or kept. */
const HELD_MAX = 8 * 1024 * 1024;

/** Distance (bytes of the log) from which counts that another process kept are worth a look. */
const FAR_BEHIND = 16n * 1024n * 1024n;

/** Kept tallies read at once, for questions about minutes long past. */
const KEPT_PAGE = 100;

interface Counting {
  counts: LogCounts;
  /** Minutes counted since the counts were last kept. */
  growing: GrowingPiece;
  sinceKept: number;
}

const countingFrom = (counts: LogCounts): Counting => ({
  counts,
  growing: growingPiece(counts.position),
  sinceKept: 0,
});

interface Kept {
  readonly counts: LogCounts;
  /** Minutes counted between the counts before these and these. */
  readonly piece: MinutePiece;
}

/**
 * Counts the log incrementally: a question reads only the events appended since the last one, and a
 * span of minutes is counted from the kept counts over it, read backwards from the end:
 * - the first question of a process, and one after a long silence, resumes from the last kept
 *   counts, so it reads some ten thousand events at most where a process follows the whole log
 * - events that a follower of the whole log receives are counted as it receives them, and not read
 *   again
 * - kept counts also hold what they added to the minutes; duplicates, conflicts and rejections
 *   are not counted by minute
 * - `accepted` sums the claims of the appends and `stored` the events read, both at the time of
 *   counting: an event that the database loses later is not missed here, but only by a check that
 *   looks for it
 * - the claim of an append that vanished whole is unknown; its publisher was never told that it
 *   was accepted
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: its steps share state: split it into a state record and functions over it when it changes next.
export function eventStoreDbCounts(
  { connection, names, history, warn }: LogAccess,
  limit: AppendLimit,
  head: () => Promise<bigint>,
  read: (after: bigint, upTo: bigint) => AsyncIterable<readonly DecodedEvent[]>,
) {
  const stream = names.own('tally');
  let state: Counting | undefined;
  let keptRevision = -1;
  let counting: Promise<unknown> = Promise.resolve();
  let underWay = 0;
  let missed = 0;
  const held: { readonly decoded: DecodedEvent; readonly before: bigint }[] = [];
  let heldLength = 0;
  history.onPutBack(() => {
    state = undefined;
  });

  const lastKept = async (): Promise<WireRecord | undefined> => {
    const last = await lastOf(connection, stream);
    keptRevision = last?.revision ?? -1;
    return last;
  };

  const begin = async (): Promise<Counting> => {
    const last = await lastKept();
    const kept = last && parseKept(last.data);
    // Counts of more than the log holds date from before a restored backup.
    const fits = kept !== undefined && kept.counts.position <= (await head());
    return last && !fits ? beginAnew() : countingFrom(fits ? kept.counts : EMPTY);
  };
  const beginAnew = (): Counting => {
    warn(`The counts kept in stream ${stream} do not fit the log, which is counted from its beginning`);
    return countingFrom(EMPTY);
  };

  /** Keeps the counts; `false` if another process has kept others since, which replace these. */
  const keep = async (current: Counting): Promise<boolean> => {
    const { counts, growing } = current;
    const piece = encodePiece(growing.piece(counts.position));
    const floors = counts.floors.map(({ from, least }) => [String(from), least]);
    const data = Buffer.from(JSON.stringify({ ...counts, position: String(counts.position), floors, ...piece }));
    try {
      const event = { eventId: randomUUID(), type: 'tally', data, metadata: new Uint8Array() };
      keptRevision = (await connection.append(stream, keptRevision, [event])).revision;
      current.growing = growingPiece(counts.position);
    } catch (error) {
      if (failureOf(error).kind === 'conflict') return false;
      // The caller counts again from the counts last kept, in pieces that the server takes.
      if (limit.lower(error, data.length) && growing.bytes >= limit.bytes()) return false;
      // Kept counts only save the next process some reading.
      warn(`The counts could not be kept: ${failureOf(error).message}`);
    }
    current.sinceKept = 0;
    return true;
  };

  const count = async (isStrict: boolean): Promise<Counting> => {
    await history.assure(isStrict);
    for (;;) {
      const upTo = await head();
      if (state !== undefined && upTo - state.counts.position > FAR_BEHIND && (await isKeptByOther()))
        state = undefined;
      state ??= await begin();
      const current = state;
      if (await countOn(current, upTo)) return current;
      state = undefined;
    }
  };
  const isKeptByOther = async () => ((await lastOf(connection, stream))?.revision ?? -1) !== keptRevision;

  const countOn = async (current: Counting, upTo: bigint): Promise<boolean> => {
    if (current.counts.position >= upTo) return true;
    for await (const page of read(current.counts.position, upTo)) {
      for (const decoded of page) {
        add(current, decoded);
        if (isDue(current) && !(await keep(current))) return false;
      }
      history.note(page.at(-1)!.event);
    }
    current.counts = { ...current.counts, position: upTo };
    return true;
  };

  const add = (current: Counting, decoded: DecodedEvent): void => {
    current.counts = added(current.counts, decoded);
    current.growing.add(decoded, minuteOf(current.counts.recordedAt));
    current.sinceKept += 1;
  };

  /** Ignores the rest of the counts, which are small beside their minutes. */
  const isDue = ({ sinceKept, growing }: Counting): boolean =>
    sinceKept >= KEEP_EVERY || growing.rows >= KEEP_ROWS || growing.bytes >= limit.bytes() / 2;

  /**
   * The pieces from a minute on, and at least one before it if there is one; `undefined` if some
   * are gone.
   */
  const piecesFrom = async (from: number, newest: MinutePiece): Promise<MinutePiece[] | undefined> => {
    const pieces = [newest];
    const isEnough = () => pieces[0]!.after === 0n || [...pieces[0]!.minutes.keys()].some((minute) => minute < from);
    for (let revision = keptRevision; revision >= 0 && !isEnough(); revision -= KEPT_PAGE) {
      const records = await connection.collect({ stream, from: revision, backwards: true, count: KEPT_PAGE });
      for (const record of records ?? []) {
        const piece = parseKept(record.data)?.piece;
        // Skips a piece that does not end where the next begins: it was counted before the log was
        // restored.
        if (piece?.position === pieces[0]!.after) pieces.unshift(piece);
        if (isEnough()) break;
      }
    }
    return isEnough() ? pieces : undefined;
  };
  const piecesOfNow = async (from: number): Promise<MinutePiece[]> => {
    const { counts, growing } = await count(true);
    const pieces = await piecesFrom(from, growing.piece(counts.position));
    if (pieces !== undefined) return pieces;
    state = beginAnew();
    return piecesOfNow(from);
  };

  /** Serialises the questions; each uses the counts of those before. */
  const inTurn = <T>(question: () => Promise<T>): Promise<T> => {
    underWay += 1;
    const answer = counting.then(question);
    const atEnd = () => {
      underWay -= 1;
      while (underWay === 0 && held.length > 0) take(released());
    };
    counting = answer.then(atEnd, atEnd);
    return answer;
  };

  const released = () => {
    const first = held.shift()!;
    heldLength -= first.decoded.event.body.length;
    return first;
  };

  /** Counts an event if the counts hold all before it; after many that they lack it reads them. */
  const take = ({ decoded, before }: (typeof held)[number]): void => {
    const current = state;
    const { position } = decoded.event;
    if (current === undefined || position <= current.counts.position) return;
    const isNext = before <= current.counts.position;
    missed = isNext ? 0 : missed + 1;
    if (isNext) add(current, decoded);
    if (isNext ? !isDue(current) : missed < KEEP_EVERY) return;
    missed = 0;
    inTurn<unknown>(() => (isNext ? keepIfSame(current) : count(false))).catch(() => undefined);
  };
  const keepIfSame = async (current: Counting): Promise<void> => {
    if (state === current && !(await keep(current)) && state === current) state = undefined;
  };

  return {
    /**
     * Takes an event that a follower of the whole log has received, with the position of the event
     * before it, so that no question has to read it.
     */
    received: (decoded: DecodedEvent, before: bigint): void => {
      if (underWay === 0) take({ decoded, before });
      else if (heldLength < HELD_MAX) {
        heldLength += decoded.event.body.length;
        held.push({ decoded, before });
      }
    },
    /** The counts of the log as it is now. */
    counts: (): Promise<LogCounts> => inTurn(async () => (await count(true)).counts),
    /** The recording times of the log, at least up to a position. */
    recordingTo: async (position: bigint): Promise<Recording> => {
      const reached = () => (state !== undefined && state.counts.position >= position ? state.counts : undefined);
      return reached() ?? inTurn(async () => reached() ?? (await count(false)).counts);
    },
    countMinutes: ({
      from,
      to,
      marks = [],
      eventsMax = Number.POSITIVE_INFINITY,
      signal,
    }: Parameters<EventStore['countMinutes']>[0]): Promise<CountedMinutes> => {
      return inTurn(async () => {
        signal?.throwIfAborted();
        const pieces = await piecesOfNow(from);
        signal?.throwIfAborted();
        const events = eventsIn(pieces, from, to);
        if (events > eventsMax) throw tooManyEvents(events, eventsMax);
        return countPieces(pieces, { from, to }, marks, read);
      });
    },
  };
}

function added(counts: LogCounts, decoded: DecodedEvent): LogCounts {
  const { event, claims } = decoded;
  let { accepted, stored, greatestTime } = counts;
  if (event.stream.startsWith(PUBLISHED_PREFIX)) {
    for (const [, events] of claims) accepted += events;
    stored += 1;
    if (greatestTime === null || event.time > greatestTime) greatestTime = event.time;
  }
  return { ...withNext(counts, decoded), accepted, stored, greatestTime };
}

function eventsIn(pieces: readonly MinutePiece[], from: number, to: number): number {
  let events = 0;
  for (const { minutes } of pieces) {
    for (const [minute, { sources }] of minutes) {
      if (minute < from || minute >= to) continue;
      for (const { stored } of sources.values()) events += stored.events;
    }
  }
  return events;
}

function parseKept(text: string): Kept | undefined {
  try {
    const data = JSON.parse(text) as Record<string, unknown>;
    const { accepted, stored, greatestTime, recordedAt } = data;
    if (typeof accepted !== 'number' || typeof stored !== 'number' || typeof recordedAt !== 'number') return undefined;
    if (greatestTime !== null && typeof greatestTime !== 'number') return undefined;
    const position = BigInt(String(data.position));
    // Counts kept by a version without floors throw here, and the log is counted again.
    const floors = (data.floors as [string, number][]).map(([from, least]) => ({ from: BigInt(from), least }));
    return {
      counts: { position, accepted, stored, greatestTime, recordedAt, floors },
      piece: decodePiece(position, data),
    };
  } catch {
    return undefined;
  }
}
