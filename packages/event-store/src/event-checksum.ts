import { xxHash32 } from './xx-hash.ts';

const FNV_PRIME = 0x01000193;
const FNV_START = 0x811c9dc5;

/**
 * What is stored beside an event, so that whoever reads it knows that it is what was accepted: the xxHash of the body's UTF-8, begun from the stream and the times
 * (ms; 0 for one that the store gives by itself). Against damage, not against somebody who means it.
 */
export function checksumOf(stream: string, time: number, recordedAt: number, body: string): number {
  let start = FNV_START;
  for (let at = 0; at < stream.length; at++) start = Math.imul(start ^ stream.charCodeAt(at), FNV_PRIME);
  return xxHash32(body, withTime(withTime(start, time), recordedAt));
}

/** Both halves: times have more than 32 bits. */
function withTime(sum: number, time: number): number {
  const low = Math.imul(sum ^ (time | 0), FNV_PRIME);
  return Math.imul(low ^ (Math.floor(time / 0x1_0000_0000) | 0), FNV_PRIME);
}
