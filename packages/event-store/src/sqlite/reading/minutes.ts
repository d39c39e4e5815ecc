import { setImmediate as breathe } from 'node:timers/promises';
import { isDamaged } from '../../damaged-event.ts';
import { type CountingMinutes, checkSpan, countingMinutes, tooManyEvents } from '../../minute-counts.ts';
import { openPageEnd } from '../../page-end.ts';
import { CHECKSUM_MODULUS, type EventStore, type MinuteSpan, type StoredEvent } from '../../port.ts';
import { IS_PUBLISHED_SQL } from '../../published-streams.ts';
import { openReadLedger } from '../acceptance-counts.ts';
import { bytesOf, type SqliteDatabase } from '../driver.ts';
import type { Guard } from '../failure.ts';
import { eventOfRow } from '../stored-event.ts';
import { eventOfColumns, ROW_COLUMNS } from './read-range.ts';

/** Events of one slice, which takes some 3 ms. */
const SLICE_EVENTS = 2000;

/**
 * Counts minutes, reading only: `accepted` and the other outcomes come from the acceptance counts,
 * which each append writes in its transaction, and `stored` from the events, in slices, about 1.2
 * µs each. Appends keep nothing extra for this: recording times never decrease along the log, so a
 * bisection finds the span.
 */
export function openMinutes(database: SqliteDatabase, guard: Guard): EventStore['countMinutes'] {
  const selectHead = database.prepareTuples('SELECT coalesce(max(position), 0) FROM events');
  const readLedger = openReadLedger(database);
  const eventOf = eventOfRow(database);
  const selectNext = database.prepareTuples(
    `SELECT ${ROW_COLUMNS} FROM events WHERE position >= ? ORDER BY position LIMIT 1`,
  );
  // Reads the source out of the body as bytes of JSON: libsql ends the process over a text that is
  // no UTF-8.
  const selectSlice = database.prepareTuples(`
    SELECT minute, source, count(*), sum(checksum), max(position) FROM (
      SELECT position, recorded_at - recorded_at % 60000 AS minute, position % ${CHECKSUM_MODULUS} AS checksum,
        CASE WHEN ${IS_PUBLISHED_SQL} THEN
          CAST(CASE WHEN json_valid(body) THEN coalesce(body -> '$.source', 'null') ELSE 'null' END AS BLOB)
        END AS source
      FROM events WHERE position BETWEEN ? AND ?)
    GROUP BY minute, source ORDER BY minute`);
  const pageEnd = openPageEnd(database);

  /** The first sound event at a position or after it. */
  const nextWhole = (from: number): StoredEvent | undefined => {
    for (let position = from; ; position++) {
      const [row] = selectNext.all(position);
      if (row === undefined) return undefined;
      const event = eventOfColumns(eventOf, row);
      if (!isDamaged(event)) return event;
      position = Number(event.position);
    }
  };

  /**
   * The least position recorded at or after `time`, or the one after the end. Skips the gaps and
   * damaged events of a damaged log.
   */
  const firstAt = (time: number, end: number): number => {
    let low = 1;
    let high = end + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const event = nextWhole(middle);
      if (event === undefined || event.recordedAt >= time) high = middle;
      else low = Number(event.position) + 1;
    }
    return low;
  };
  const countSlice = (counting: CountingMinutes, first: number, last: number, { from, to }: MinuteSpan) => {
    let reached = from;
    for (const [said, source, events, checksum, position] of selectSlice.all(first, last)) {
      // A damaged event may claim any minute, so its place in the log decides.
      if (Number(said) >= from && Number(said) < to) reached = Number(said);
      counting.reach(reached, BigInt(Number(position)));
      if (source === null) continue;
      const counted = { events: Number(events), checksum: Number(checksum) };
      counting.store(reached, sourceIn(bytesOf(source).toString('utf8')), counted, BigInt(last));
    }
  };

  return async ({ from, to, marks = [], eventsMax = Number.POSITIVE_INFINITY, signal }) => {
    checkSpan({ from, to });
    signal?.throwIfAborted();
    // Reads both in one snapshot: events appended while slices are counted are in neither count.
    const { first, last, counting } = guard(() =>
      database.snapshot(() => {
        const end = Number(selectHead.all()[0]![0]);
        const first = firstAt(from, end);
        const last = firstAt(to, end) - 1;
        if (last - first + 1 > eventsMax) throw tooManyEvents(last - first + 1, eventsMax);
        const counting = countingMinutes(BigInt(first - 1), marks);
        for (const { minute, source, ...entry } of readLedger(from, to)) counting.enter(minute, source, entry);
        return { first, last, counting };
      }),
    );
    // Ends slices at the marks, so that each slice lies before a mark or after it.
    const cuts = marks.map(Number).sort((a, b) => a - b);
    for (let next = first; next <= last; ) {
      const cut = cuts.find((mark) => mark >= next) ?? last;
      const end = guard(() => pageEnd(next - 1, Math.min(last, cut), SLICE_EVENTS));
      guard(() => countSlice(counting, next, end, { from, to }));
      next = end + 1;
      await breathe();
      signal?.throwIfAborted();
    }
    return counting.counted(BigInt(last));
  };
}

/**
 * Parses the source. A damaged body (no JSON, or a source that is no text) counts under the empty
 * source, where nothing was accepted.
 */
function sourceIn(json: string): string {
  try {
    const source: unknown = JSON.parse(json);
    return typeof source === 'string' ? source : '';
  } catch {
    return '';
  }
}
