import { totalmem } from 'node:os';
import { z } from 'zod';
import { parseByteSize } from './byte-size.ts';

/** Room for one body of the maximum size. */
const LEAST_BYTES = 16 * 2 ** 20;
/** Upper limit of the default: holding more bodies would not get them processed sooner. */
export const BODIES_IN_FLIGHT_BYTES_MAX = 256 * 2 ** 20;

/** Setting: maximum bytes of request bodies in memory at once. */
export const bodiesInFlightMax = z.string().transform((text, context): number => {
  const bytes = parseByteSize(text);
  if (bytes !== undefined && bytes >= LEAST_BYTES) return bytes;
  context.addIssue('must be a size of 16MiB or more, such as 64MiB or 1GiB');
  return z.NEVER;
});

/**
 * Default for a memory size: a sixteenth within the limits above, e.g. 64 MiB of 1 GiB. The rest is
 * for parsed events and everything else.
 */
export function bodiesInFlightFor(memoryBytes: number): number {
  return Math.min(BODIES_IN_FLIGHT_BYTES_MAX, Math.max(LEAST_BYTES, Math.floor(memoryBytes / 16)));
}

/**
 * Memory available to this process, in bytes: the machine's, or its container's limit if that is
 * lower.
 */
export function memoryOfProcess(): number {
  const bound = process.constrainedMemory() ?? 0;
  return bound > 0 ? Math.min(bound, totalmem()) : totalmem();
}
