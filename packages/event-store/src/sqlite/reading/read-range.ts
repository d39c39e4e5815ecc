import type { StoredEvent } from '../../port.ts';
import { viewOf } from '../../xx-hash.ts';
import { bytesOf, exactNumber, type SqliteDatabase, type SqliteValue } from '../driver.ts';
import { type EventOfRow, type StoredBody, storedBody } from '../stored-event.ts';

/**
 * Reads the events in `(after, upTo]`, in log order; with a prefix, only streams whose name starts
 * with it.
 */
export type ReadRange = (after: number, upTo: number, streamPrefix: string) => StoredEvent[];

/**
 * Events joined into one row; more would make strings that outlive a collection of the young
 * generation.
 */
const JOINED_EVENTS = 100;

/** Separates bodies: U+001E cannot occur in JSON text. */
const SEPARATOR = '\x1e';
const SEPARATOR_BYTE = SEPARATOR.charCodeAt(0);

const COMMA = 0x2c;
const ZERO = 0x30;
/** Digits up to which every whole number is exact. */
const DIGITS_EXACT = 15;

/**
 * Columns of one row. Texts are read as bytes, because libsql ends the process over a text that is
 * no UTF-8, which one changed byte can make.
 */
export const ROW_COLUMNS = `position, CAST(stream AS BLOB), ${exactNumber('time')}, ${exactNumber('recorded_at')}, CAST(body AS BLOB), ${exactNumber('checksum')}`;

export function eventOfColumns(
  eventOf: EventOfRow,
  [position, stream, time, recordedAt, body, checksum]: readonly SqliteValue[],
): StoredEvent {
  return eventOf(
    Number(position),
    textOf(stream),
    time as number | null,
    recordedAt as number | null,
    storedBody(body === null || body === undefined ? NO_BYTES : bytesOf(body)),
    checksum as number | null,
  );
}

const NO_BYTES = Buffer.alloc(0);

/**
 * Transferring a row out of SQLite dominates a replay, so a hundred events come as one row with
 * each column joined: a parsed replay is 1.2 to 1.6 times as fast through libsql, equally fast
 * through node:sqlite, and each body, a slice of one text, keeps up to a hundred alive. With a
 * prefix, which only checks use, rows come one by one, since their positions have gaps.
 */
export function openReadRange(database: SqliteDatabase, eventOf: EventOfRow): ReadRange {
  const range = 'FROM events WHERE position > ? AND position <= ?';
  const ofPrefix = 'AND substr(stream, 1, length(?)) = ?';
  const numbersOf = (column: string) => `CAST(group_concat(coalesce(${column}, 'null')) AS BLOB)`;
  const joined = `SELECT count(*), CAST(json_group_array(CAST(stream AS TEXT)) AS BLOB), ${numbersOf('time')},
    ${numbersOf('recorded_at')}, CAST(group_concat(coalesce(body, ''), char(${SEPARATOR_BYTE})) AS BLOB), ${numbersOf('checksum')} ${range}`;
  const selectJoined = database.prepareTuples(joined);
  const selectRows = database.prepareTuples(`SELECT ${ROW_COLUMNS} ${range} ${ofPrefix} ORDER BY position`);
  return (after, upTo, prefix) => {
    const events: StoredEvent[] = [];
    for (let from = after; from < upTo; from += JOINED_EVENTS) {
      const to = Math.min(from + JOINED_EVENTS, upTo);
      const columns = prefix === '' ? columnsOf(selectJoined.all(from, to)[0]!, to - from) : undefined;
      if (columns === undefined) {
        for (const row of selectRows.all(from, to, prefix, prefix)) events.push(eventOfColumns(eventOf, row));
        continue;
      }
      const { streams, times, recordedAts, bodies, checksums } = columns;
      for (let at = 0; at < bodies.length; at++) {
        events.push(eventOf(from + at + 1, streams[at]!, times[at]!, recordedAts[at]!, bodies[at]!, checksums[at]!));
      }
    }
    return events;
  };
}

interface Columns {
  readonly streams: readonly string[];
  readonly times: readonly (number | null)[];
  readonly recordedAts: readonly (number | null)[];
  readonly bodies: readonly StoredBody[];
  readonly checksums: readonly (number | null)[];
}

/**
 * Splits a joined row; undefined if a position has no event, a body (then no JSON) holds the
 * separator, or a damaged row holds a wrong type. The caller then reads the rows one by one.
 */
function columnsOf(row: readonly SqliteValue[], count: number): Columns | undefined {
  if (row[0] !== count) return undefined;
  try {
    const streams = JSON.parse(textOf(row[1])) as string[];
    const [times, recordedAts, checksums] = [numbers(row[2]), numbers(row[3]), numbers(row[5])];
    const bodies = partedBodies(row[4]);
    const all = [streams, times, recordedAts, bodies, checksums];
    return all.every(({ length }) => length === count) ? { streams, times, recordedAts, bodies, checksums } : undefined;
  } catch {
    return undefined;
  }
}

/** Decodes all bytes at once; each body is a slice of the text and of the bytes. */
function partedBodies(value: SqliteValue | undefined): StoredBody[] {
  const bytes = bytesOf(value);
  const view = viewOf(bytes);
  const joined = bytes.toString('utf8');
  const isAscii = joined.length === bytes.length;
  let from = 0;
  return joined.split(SEPARATOR).map((text) => {
    const next = isAscii ? from + text.length : bytes.indexOf(SEPARATOR_BYTE, from);
    const to = next === -1 ? bytes.length : next;
    const body = { text, bytes: view, from, to };
    from = to + 1;
    return body;
  });
}

function textOf(bytes: SqliteValue | undefined): string {
  return bytes === null || bytes === undefined ? '' : bytesOf(bytes).toString('utf8');
}

/** Parses digits and commas itself, which is faster than JSON; leaves any other content to JSON. */
function numbers(joined: SqliteValue | undefined): (number | null)[] {
  const bytes = bytesOf(joined);
  const read: number[] = [];
  let number = 0;
  let digits = 0;
  for (let at = 0; at <= bytes.length; at++) {
    const digit = (bytes[at] ?? COMMA) - ZERO;
    if (digit >= 0 && digit <= 9) {
      number = number * 10 + digit;
      digits += 1;
    } else if (digit === COMMA - ZERO && digits > 0 && digits <= DIGITS_EXACT) {
      read.push(number);
      number = 0;
      digits = 0;
    } else return JSON.parse(`[${textOf(joined)}]`) as (number | null)[];
  }
  return read;
}
