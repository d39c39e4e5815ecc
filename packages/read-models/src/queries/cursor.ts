import { z } from 'zod';
import type { Parameters } from '../engine/clickhouse.ts';
import { ReadModelError } from '../read-model-error.ts';
import type { Conditions } from './conditions.ts';

/** Where a page of a listing ended: the value it is sorted by and the row's key, both of the last row. */
export interface Place {
  readonly value: number | null;
  readonly key: readonly string[];
}

const place = z.number().min(Number.MIN_SAFE_INTEGER).max(Number.MAX_SAFE_INTEGER);
const cursorSchema = z.tuple([z.string(), place.nullable(), z.array(z.string())]);

/** Opaque to whoever holds it, and good for one order only. */
export function encodeCursor(sort: string, place: Place): string {
  return Buffer.from(JSON.stringify([sort, place.value, place.key])).toString('base64url');
}

/** @throws ReadModelError `invalid` for anything that `encodeCursor` did not make for this order. */
export function decodeCursor(sort: string, keyLength: number, cursor: string): Place {
  const parsed = cursorSchema.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString('utf8')));
  if (!parsed.success || parsed.data[2].length !== keyLength) {
    throw new ReadModelError(
      'invalid',
      'cursor: not one that this listing gave; take nextCursor of its last page as it is.',
    );
  }
  if (parsed.data[0] !== sort) {
    throw new ReadModelError(
      'invalid',
      `cursor: it belongs to sort=${parsed.data[0]}; ask on with that, or start anew.`,
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

/** The order of a listing. `value` and `key` are SQL of ours, never of a caller; `value` is a number (times in ms), or null. */
export interface Order {
  readonly sort: string;
  readonly value: string;
  readonly descending: boolean;
  /** Columns that together name a row; they decide between equal values, always ascending. */
  readonly key: readonly string[];
}

/** Rows without a value come last in both directions, so that a page never starts with what nobody asked for. */
export function orderBy({ value, descending, key }: Order): string {
  return `ORDER BY ${value} ${descending ? 'DESC' : 'ASC'} NULLS LAST, ${key.join(', ')}`;
}

/** A condition for what comes after a place, and its parameters. Names of parameters start with `after`. */
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

/** Only what comes after the page that gave the cursor; everything without one. @throws ReadModelError `invalid` for a foreign cursor. */
export function goOnAfter(wanted: Conditions, order: Order, cursor: string | undefined): void {
  if (cursor === undefined) return;
  const { sql, params } = afterPlace(order, decodeCursor(order.sort, order.key.length, cursor));
  wanted.add(sql, params);
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Ask on with it; `null` on the last page. */
  readonly nextCursor: string | null;
}

/** A page of at most `limit` of the rows, of which one more was asked for to know whether there are further ones. */
export function pageOf<Item>(
  sort: string,
  limit: number,
  rows: readonly Item[],
  placeOf: (item: Item) => Place,
): Page<Item> {
  const items = rows.slice(0, limit);
  return { items, nextCursor: rows.length > limit ? encodeCursor(sort, placeOf(items.at(-1)!)) : null };
}
