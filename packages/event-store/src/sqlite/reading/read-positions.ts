import { openPageEnd } from '../../page-end.ts';
import type { StoredEvent } from '../../port.ts';
import type { SqliteDatabase } from '../driver.ts';
import { DamagedLog } from '../failure.ts';
import type { EventOfRow } from '../stored-event.ts';
import { eventOfColumns, type ReadRange, ROW_COLUMNS } from './read-range.ts';

/**
 * Reads the events at ascending positions, in order, at most 250 at a time. Throws
 * {@link DamagedLog} where one is missing.
 */
export type ReadPositions = (positions: readonly number[]) => Iterable<readonly StoredEvent[]>;

const RANGE_EVENTS = 250;
/**
 * Numbers of positions in one statement, tried from the largest; unused places repeat the last
 * position.
 */
const SIZES = [50, 10, 1];

export function openReadPositions(database: SqliteDatabase, readRange: ReadRange, eventOf: EventOfRow): ReadPositions {
  const statements = SIZES.map((size) => ({
    size,
    select: database.prepareTuples(
      `SELECT ${ROW_COLUMNS} FROM events
       WHERE position IN (${Array(size).fill('?').join(',')}) ORDER BY position`,
    ),
  }));
  const pageEnd = openPageEnd(database);
  return function* (positions) {
    let at = 0;
    while (at < positions.length) {
      const range = positions.slice(at, at + RANGE_EVENTS);
      const first = range[0]!;
      const last = range.at(-1)!;
      if (range.length > 50 && last - first === range.length - 1) {
        // A repeated batch has consecutive positions, so a range read serves it.
        const end = pageEnd(first - 1, last, RANGE_EVENTS);
        const events = readRange(first - 1, end, '');
        if (events.length <= end - first)
          throw missing(
            range.slice(0, end - first + 1),
            events.map(({ position }) => Number(position)),
          );
        yield events;
        at += end - first + 1;
        continue;
      }
      const { size, select } = statements.find((statement) => statement.size <= range.length * 4)!;
      const asked = range.slice(0, size);
      while (asked.length < size) asked.push(asked.at(-1)!);
      const rows = select.all(...asked);
      if (rows.length < Math.min(size, range.length))
        throw missing(
          asked,
          rows.map(([position]) => Number(position)),
        );
      yield rows.map((row) => eventOfColumns(eventOf, row));
      at += size;
    }
  };
}

/** The index lists this event and nothing is ever deleted, so its absence is damage. */
const missing = (asked: readonly number[], found: readonly number[]) =>
  new DamagedLog(`the event at position ${asked.find((position) => !found.includes(position))} is missing`);
