import { isDamaged } from '../damaged-event.ts';
import { checksumOf } from '../event-checksum.ts';
import { streamMaxOf } from '../event-limits.ts';
import type { LedgerEntry } from '../minute-counts.ts';
import type { AppendOptions, AppendOutcome, EventToAppend } from '../port.ts';
import { isSameContent } from '../same-content.ts';
import type { SqliteDatabase, SqliteStatement, SqliteValue } from './driver.ts';
import { identityOf, streamHash } from './identity-index/identity-hash.ts';
import type { IdentityIndex } from './identity-index/identity-index.ts';
import type { ReadPositions } from './reading/read-positions.ts';

/** Rows of one INSERT: a statement costs libsql about as much as five rows. */
const ROWS_A_STATEMENT = 50;

/** Characters from which a body is listed in `long_bodies`. */
const LONG_BODY = 32_768;

/** Events with the hashes of their identities and streams. */
export interface HashedEvents {
  readonly events: readonly EventToAppend[];
  readonly identities: readonly string[];
  readonly streams: readonly number[];
  readonly streamMax: AppendOptions['streamMax'];
}

/** Everything that one transaction appends, collected from all queued callers. */
export interface AppendGroup {
  readonly recordedAt: number;
  readonly events: EventToAppend[];
  readonly identities: string[];
  readonly streams: number[];
  /**
   * Events that this transaction has accepted so far. The first of an identity wins, among
   * concurrent appends too.
   */
  readonly accepted: Map<string, EventToAppend>;
  /**
   * Cache: occurrences of each stream among the first `upTo` of `streams`; brought up to date when
   * read.
   */
  readonly counted: { upTo: number; readonly streams: Map<number, number> };
  readonly ledger: Map<string, LedgerEntry>;
}

/**
 * Hash before queueing, so that an event that cannot be hashed fails only its own caller. Throws a
 * TypeError.
 */
export function hashed(events: readonly EventToAppend[], { streamMax }: AppendOptions = {}): HashedEvents {
  const identities: string[] = [];
  const streams: number[] = [];
  for (const event of events) {
    // SQLite truncates a text at its first NUL when it reads it back.
    if (event.stream.includes('\0')) throw new TypeError('The name of a stream must not hold a NUL character.');
    if (typeof event.body !== 'string') throw new TypeError(`The body of event ${event.id} must be a string.`);
    if (!Number.isSafeInteger(event.time))
      throw new TypeError(`The time of event ${event.id} must be whole milliseconds.`);
    identities.push(identityOf(event));
    streams.push(streamHash(event.stream));
  }
  return { events, identities, streams, streamMax };
}

export interface Appends {
  /** Outcomes for one append; adds the accepted events to the group. Only reads the database. */
  decide(append: HashedEvents, group: AppendGroup): AppendOutcome[];
  /** Write the events of the group at the end of the log, the first one at position `first`. */
  insert(group: AppendGroup, first: number): void;
}

export function openAppends(database: SqliteDatabase, index: IdentityIndex, readPositions: ReadPositions): Appends {
  const inserts = new Map<number, SqliteStatement>();
  const insertOf = (rows: number) => {
    let statement = inserts.get(rows);
    if (statement === undefined) {
      statement = database.prepare(insertSql(rows));
      inserts.set(rows, statement);
    }
    return statement;
  };
  const insertLong = database.prepare('INSERT INTO long_bodies (position, length) VALUES (?, ?)');

  /**
   * Sets the outcomes of events whose identity the log holds. `known`: [index into the append,
   * position].
   */
  const judge = (append: HashedEvents, known: readonly (readonly [number, number])[], outcomes: AppendOutcome[]) => {
    const byPosition = new Map<number, number[]>();
    for (const [at, position] of known) {
      const others = byPosition.get(position);
      if (others === undefined) byPosition.set(position, [at]);
      else others.push(at);
    }
    const positions = [...byPosition.keys()].sort((a, b) => a - b);
    for (const page of readPositions(positions)) {
      for (const there of page) {
        for (const at of byPosition.get(Number(there.position)) ?? []) {
          // A damaged event still holds its identity, but has no content left to compare.
          const isSame = isDamaged(there) || isSameContent(there, append.events[at]!);
          outcomes[at] = isSame ? 'duplicate' : 'conflict';
        }
      }
    }
  };

  const isFull = (stream: number, max: number, group: AppendGroup): boolean => {
    // Counts the events of this transaction only if they can change the answer.
    if (!index.holds(stream, max - group.streams.length)) return false;
    return index.holds(stream, max - addedTo(stream, group));
  };

  return {
    decide(append, group) {
      const { events, identities, streams, streamMax } = append;
      const outcomes = new Array<AppendOutcome>(events.length).fill('conflict');
      const known: [number, number][] = [];
      for (let at = 0; at < events.length; at++) {
        const event = events[at]!;
        const identity = identities[at]!;
        const earlier = group.accepted.get(identity);
        if (earlier !== undefined) {
          outcomes[at] = isSameContent(earlier, event) ? 'duplicate' : 'conflict';
          continue;
        }
        const position = index.find(identity, streams[at]!);
        if (position !== undefined) {
          known.push([at, position]);
          continue;
        }
        if (streamMax !== undefined && isFull(streams[at]!, streamMaxOf(append, at), group)) {
          outcomes[at] = 'full';
          continue;
        }
        outcomes[at] = 'accepted';
        group.accepted.set(identity, event);
        group.events.push(event);
        group.identities.push(identity);
        group.streams.push(streams[at]!);
      }
      if (known.length > 0) judge(append, known, outcomes);
      return outcomes;
    },
    insert(group, first) {
      const { events, recordedAt } = group;
      for (let from = 0; from < events.length; from += ROWS_A_STATEMENT) {
        const to = Math.min(from + ROWS_A_STATEMENT, events.length);
        const values: SqliteValue[] = [recordedAt];
        for (let at = from; at < to; at++) {
          const { stream, time, body } = events[at]!;
          values.push(stream, time, body, checksumOf(stream, time, recordedAt, body));
          if (body.length >= LONG_BODY) insertLong.run(first + at, body.length);
        }
        insertOf(to - from).runAll(values);
      }
    },
  };
}

/** Events that this transaction has added to a stream so far. */
function addedTo(stream: number, { streams, counted }: AppendGroup): number {
  for (; counted.upTo < streams.length; counted.upTo++) {
    const one = streams[counted.upTo]!;
    counted.streams.set(one, (counted.streams.get(one) ?? 0) + 1);
  }
  return counted.streams.get(stream) ?? 0;
}

/**
 * SQLite assigns positions: the greatest plus one. They stay dense because nothing is ever deleted.
 */
function insertSql(rows: number): string {
  const values = Array.from({ length: rows }, (_, row) => {
    const at = row * 4 + 2;
    return `(?${at}, ?${at + 1}, ?1, ?${at + 2}, ?${at + 3})`;
  });
  return `INSERT INTO events (stream, time, recorded_at, body, checksum) VALUES ${values.join(', ')}`;
}
