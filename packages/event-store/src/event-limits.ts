import type { AppendOptions } from './port.ts';

/** Largest event, bytes of UTF-8. */
export const EVENT_BYTES_MAX = 1024 * 1024;

/** Most events in one request or one message of a broker. */
export const BATCH_EVENTS_MAX = 5000;

/**
 * Most commas and opening brackets of one event in an array; beyond them an event is refused, and
 * only the members that identify it are read. The limit is twice the values that an event may hold
 * (`NODES_MAX` of the journey package), because an empty object costs a value and a bracket.
 */
export const EVENT_MARKS_MAX = 20_000;

/** Bytes kept of a payload that is too large to be an event. */
export const PAYLOAD_BYTES_KEPT = 64 * 1024;

/** Most events that the stream of one event of an append may hold, see {@link AppendOptions}. */
export function streamMaxOf({ streamMax }: AppendOptions, index: number): number {
  if (streamMax === undefined) return Number.POSITIVE_INFINITY;
  return typeof streamMax === 'number' ? streamMax : streamMax[index]!;
}
