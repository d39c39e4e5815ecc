import { z } from 'zod';
import type { Parameters } from '../engine/clickhouse.ts';
import { ReadModelError } from '../read-model-error.ts';
import type { Conditions } from './conditions.ts';

/** The end of a listing's page: the sort value and the key of its last row. */
export interface Place {
  readonly value: number | null;
  readonly key: readonly string[];
}

const CURSOR = { parameter: 'cursor' };

const place = z.number().min(Number.MIN_SAFE_INTEGER).max(Number.MAX_SAFE_INTEGER);
const cursorSchema = z.tuple([z.string(), place.nullable(), z.array(z.string())]);

/** Encodes a cursor: opaque to clients, and valid for one sort order only. */
export function encodeCursor(sort: string, place: Place): string {
  return Buffer.from(JSON.stringify([sort, place.value, place.key])).toString('base64url');
}

/**
 * @throws ReadModelError `invalid` for a text that `encodeCursor` did not make for this order.
 */
export function decodeCursor(sort: string, keyLength: number, cursor: string): Place {
  const parsed = cursorSchema.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString('utf8')));
  if (!parsed.success || parsed.data[2].length !== keyLength) {
    throw new ReadModelError(
      'invalid',
      'not one that this listing gave; take nextCursor of its last page as it is.',
      CURSOR,
    );
  }
  if (parsed.data[0] !== sort) {
    throw new ReadModelError(
      'invalid',
      `it belongs to sort=${parsed.data[0]}; ask on with that, or start anew.`,
      CURSOR,
    );
  }
  return { value: parsed.data[1], key: parsed.data[2] };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** SQL of a position as a key of a cursor: a text of fixed length, because keys are texts. */
export const POSITION_KEY = "leftPad(toString(position), 20, '0')";
export const positionKey = (position: string | bigint): string => String(position).padStart(20, '0');

/**
 * The order of a listing. `value` and `key` are our own SQL, never a caller's; `value` is a number
 * (times in ms) or null.
 */
export interface Order {
  readonly sort: string;
  readonly value: string;
  readonly descending: boolean;
  /** Columns that identify a row; they break ties, always ascending. */
  readonly key: readonly string[];
}

/**
 * Rows without a value come last in both directions, so that a page never starts with rows of no
 * interest.
 */
export function orderBy({ value, descending, key }: Order): string {
  return `ORDER BY ${value} ${descending ? 'DESC' : 'ASC'} NULLS LAST, ${key.join(', ')}`;
}

/**
 * The condition for rows after a place, with its parameters. Parameter names start with `after`.
 */
export function afterPlace({ value, descending, key }: Order, place: Place): { sql: string; params: Parameters } {
  const names = key.map((_, i) => `afterKey${i}`);
  const keys = Object.fromEntries(names.map((name, i) => [name, place.key[i]!]));
  const beyond = `(${key.join(', ')}) > (${names.map((name) => `{${name}:String}`).join(', ')})`;
  if (place.value === null) return { sql: `(${value} IS NULL AND ${beyond})`, params: keys };
  const farther = `${value} ${descending ? '<' : '>'} {afterValue:Float64}`;
  return {
    sql: `(${value} IS NULL OR ${farther} OR (${value} = {afterValue:Float64} AND ${beyond}))`,
    params: { ...keys, afterValue: place.value },
  };
}

/**
 * Restricts the listing to rows after the cursor's page; without a cursor it changes nothing.
 * @throws ReadModelError `invalid` for a foreign cursor.
 */
export function goOnAfter(wanted: Conditions, order: Order, cursor: string | undefined): void {
  if (cursor === undefined) return;
  const { sql, params } = afterPlace(order, decodeCursor(order.sort, order.key.length, cursor));
  wanted.add(sql, params);
}

/** Items of a page unless asked otherwise. */
export const PAGE_LIMIT = 50;

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Cursor of the next page; `null` on the last page. */
  readonly nextCursor: string | null;
}

/**
 * Makes a page of at most `limit` rows; the query asked for one more, whose presence means that
 * there is a next page.
 */
export function pageOf<Item>(
  sort: string,
  limit: number,
  rows: readonly Item[],
  placeOf: (item: Item) => Place,
): Page<Item> {
  const items = rows.slice(0, limit);
  return { items, nextCursor: rows.length > limit ? encodeCursor(sort, placeOf(items.at(-1)!)) : null };
}
