import { decodeCursor, encodeCursor, PAGE_LIMIT, type Page } from '../../queries/cursor.ts';

/**
 * A page of a list whose order is computed when it is asked: by sums, whose last digits may differ
 * from one statement to the next, so that a cursor tells how many items came before.
 */
export interface OffsetPage {
  readonly sort: string;
  readonly offset: number;
  readonly limit: number;
}

/** @throws ReadModelError `invalid` for a foreign cursor. */
export function offsetOf(
  { limit = PAGE_LIMIT, cursor }: { readonly limit?: number | undefined; readonly cursor?: string | undefined },
  sort: string,
): OffsetPage {
  return { sort, limit, offset: cursor === undefined ? 0 : decodeCursor(sort, 0, cursor).value! };
}

/** The page of rows of which one more than the limit was asked for. */
export function nextPage<Item>({ sort, offset, limit }: OffsetPage, rows: readonly Item[]): Page<Item> {
  const items = rows.slice(0, limit);
  return { items, nextCursor: rows.length > limit ? encodeCursor(sort, { value: offset + limit, key: [] }) : null };
}
