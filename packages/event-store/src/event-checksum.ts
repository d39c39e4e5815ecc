import { xxHash32, xxHash32Of } from './xx-hash.ts';

const FNV_PRIME = 0x01000193;
const FNV_START = 0x811c9dc5;

/**
 * Checksum stored beside an event, so that a reader can tell that it is what was accepted: the
 * xxHash of the body's UTF-8, seeded with the stream and the times (ms; 0 for a time that the store
 * assigns itself). It detects damage, not deliberate forgery.
 */
export function checksumOf(stream: string, time: number, recordedAt: number, body: string): number {
  return xxHash32(body, startOf(stream, time, recordedAt));
}

/** A body as bytes in memory. */
export interface BodyBytes {
  readonly bytes: DataView;
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

/**
 * The same checksum over a body's bytes, for callers that have them: encoding the text again would
 * take longer than the checksum.
 */
export function checksumOfBytes(
  stream: string,
  time: number,
  recordedAt: number,
  { bytes, from, to }: BodyBytes,
): number {
  return xxHash32Of(bytes, from, to, startOf(stream, time, recordedAt));
}

function startOf(stream: string, time: number, recordedAt: number): number {
  let start = FNV_START;
  for (let at = 0; at < stream.length; at++) start = Math.imul(start ^ stream.charCodeAt(at), FNV_PRIME);
  return withTime(withTime(start, time), recordedAt);
}

/** Mixes in both 32-bit halves, since times have more than 32 bits. */
function withTime(sum: number, time: number): number {
  const low = Math.imul(sum ^ (time | 0), FNV_PRIME);
  return Math.imul(low ^ (Math.floor(time / 0x1_0000_0000) | 0), FNV_PRIME);
}
