import { hash } from 'node:crypto';

/**
 * 96 bits of SHA-1 over stream, source and id, as 12 Latin-1 characters, because V8 hashes and
 * compares such strings faster than bytes. A collision is not to be expected (2^-96 for a given
 * pair), and the comparison of contents would detect it.
 */
export function identityOf(event: { readonly stream: string; readonly source: string; readonly id: string }): string {
  return hash('sha1', `${event.stream}\0${event.source}\0${event.id}`, 'binary').slice(0, IDENTITY_BYTES);
}

export const IDENTITY_BYTES = 12;

/** An identity as three signed 32-bit integers. */
export function identityWords(identity: string): [number, number, number] {
  return [word(identity, 0), word(identity, 4), word(identity, 8)];
}

function word(identity: string, at: number): number {
  return (
    (identity.charCodeAt(at) << 24) |
    (identity.charCodeAt(at + 1) << 16) |
    (identity.charCodeAt(at + 2) << 8) |
    identity.charCodeAt(at + 3)
  );
}

/** Hash of a stream, and the words of an identity. */
export type KeyWords = [stream: number, one: number, two: number, three: number];

/**
 * 48-bit hash of a stream's name (the upper bits of cyrb53), which groups the events of a stream.
 * Names that collide are told apart by the name stored with each event.
 */
export function streamHash(stream: string): number {
  let one = 0xdeadbeef;
  let two = 0x41c6ce57;
  for (let at = 0; at < stream.length; at++) {
    const code = stream.charCodeAt(at);
    one = Math.imul(one ^ code, 2654435761);
    two = Math.imul(two ^ code, 1597334677);
  }
  one = Math.imul(one ^ (one >>> 16), 2246822507) ^ Math.imul(two ^ (two >>> 13), 3266489909);
  two = Math.imul(two ^ (two >>> 16), 2246822507) ^ Math.imul(one ^ (one >>> 13), 3266489909);
  return (two >>> 0) * 0x10000 + ((one >>> 16) & 0xffff);
}

/** Upper limit of the partition key: at most 2^20 parts. */
export const MOST_PART_BITS = 20;

/**
 * Number of the part of a stream when hashes are split by their first `bits`. Called for each event
 * and run, so it shifts instead of computing a power.
 */
export const partOf = (stream: number, bits: number): number =>
  Math.floor(stream / 2 ** (48 - MOST_PART_BITS)) >>> (MOST_PART_BITS - bits);
