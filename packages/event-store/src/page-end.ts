import type { SqliteDatabase } from './sqlite/driver.ts';

/**
 * Most characters of long bodies in one page, unless a single body is longer. A page fits into
 * memory whatever was published.
 */
export const PAGE_LENGTH = 2 << 20;

/**
 * Last position of the page of the log that begins after `after`; the page holds fewer events where
 * they are long.
 */
export type PageEnd = (after: number, upTo: number, pageSize: number) => number;

export function openPageEnd(database: SqliteDatabase): PageEnd {
  const selectLong = database.prepareTuples(
    'SELECT position, length FROM long_bodies WHERE position > ? AND position <= ? ORDER BY position',
  );
  return (after, upTo, pageSize) => {
    const last = Math.min(upTo, after + pageSize);
    let length = 0;
    for (const [position, more] of selectLong.all(after, last)) {
      if (length > 0 && length + Number(more) > PAGE_LENGTH) return Math.max(after + 1, Number(position) - 1);
      length += Number(more);
    }
    return last;
  };
}
