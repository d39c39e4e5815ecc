import { xxHash32 } from '../xx-hash.ts';

/**
 * Checksum of a row's values, stored beside them, 0..2^32-1. SQLite notices few of the bytes that a
 * bad disk changes, and a changed number would be believed.
 */
export function checksumOfRow(...values: readonly (string | number | null)[]): number {
  return xxHash32(JSON.stringify(values), 0);
}
