import type { AppendOptions } from './port.ts';

/** Bytes of UTF-8 that one event may have. */
export const EVENT_BYTES_MAX = 1024 * 1024;

/** Events that may come together: in one request, or one message of a broker. */
export const BATCH_EVENTS_MAX = 5000;

/**
 * Commas and opening brackets of one event of an array, beyond which only its names of identity are read and it is refused. Twice the values
 * that an event may hold (`NODES_MAX` of the journey package), because an empty object costs a value and a bracket.
 */
export const EVENT_MARKS_MAX = 20_000;

/** Of what cannot be an event for its size, this much is kept. */
export const PAYLOAD_BYTES_KEPT = 64 * 1024;

/** How many events the stream of one event of an append may have, see {@link AppendOptions}. */
export function streamMaxOf({ streamMax }: AppendOptions, index: number): number {
  if (streamMax === undefined) return Number.POSITIVE_INFINITY;
  return typeof streamMax === 'number' ? streamMax : streamMax[index]!;
}
