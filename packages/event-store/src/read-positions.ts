import type { SqliteDatabase, SqliteValue } from './sqlite-driver.ts';
import { eventColumns } from './stored-event.ts';

/** The rows at these ascending positions, in their order, a few hundred at a time. */
export type ReadPositions = (positions: readonly number[]) => Iterable<SqliteValue[][]>;

const POSITIONS_A_STATEMENT = 50;
const RANGE_EVENTS = 250;

export function openReadPositions(database: SqliteDatabase): ReadPositions {
  const select = `SELECT ${eventColumns} FROM events WHERE position`;
  const one = database.prepareTuples(`${select} = ?`);
  const range = database.prepareTuples(`${select} BETWEEN ? AND ? ORDER BY position`);
  const ten = database.prepareTuples(`${select} IN (${placeholders(10)}) ORDER BY position`);
  const many = database.prepareTuples(`${select} IN (${placeholders(POSITIONS_A_STATEMENT)}) ORDER BY position`);
  return function* (positions) {
    let at = 0;
    while (at < positions.length) {
      const first = positions[at]!;
      const last = positions[Math.min(at + RANGE_EVENTS, positions.length) - 1]!;
      if (
        positions.length - at >= POSITIONS_A_STATEMENT &&
        last - first === Math.min(RANGE_EVENTS, positions.length - at) - 1
      ) {
        // A batch that was sent again lies in the log as it was.
        yield range.all(first, last);
        at += RANGE_EVENTS;
        continue;
      }
      const left = positions.length - at;
      const [statement, size] =
        left >= POSITIONS_A_STATEMENT ? [many, POSITIONS_A_STATEMENT] : left > 2 ? [ten, 10] : [one, 1];
      const asked = positions.slice(at, at + size);
      // A position asked for twice is answered once, so the last one fills what is left of a statement.
      while (asked.length < size) asked.push(asked.at(-1)!);
      yield statement.all(...asked);
      at += size;
    }
  };
}

const placeholders = (count: number): string => Array(count).fill('?').join(',');
