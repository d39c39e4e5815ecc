import { z } from 'zod';

/**
 * Fields of ClickHouse's JSON answers. Servers differ in whether they quote 64-bit integers; both
 * forms are read.
 */

/** ms since 1970. */
export const instant = z.coerce.number().int();
export const count = z.coerce.number().int().nonnegative();
/** Queried as text, because a position may exceed the range of a double. */
export const position = z.string().transform(BigInt);
/** Not z.record, which drops a key named `__proto__`. */
export const attributes = z.custom<Readonly<Record<string, string>>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
);
