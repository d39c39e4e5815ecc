import { totalmem } from 'node:os';
import { z } from 'zod';
import { parseByteSize } from './byte-size.ts';

/** One body of full size. */
const LEAST_BYTES = 16 * 2 ** 20;
/** Where nobody says how much; more at once would not be decided any sooner. */
export const BODIES_IN_FLIGHT_BYTES_MAX = 256 * 2 ** 20;

/** A setting: bytes of bodies that are held at once. */
export const bodiesInFlightMax = z.string().transform((text, context): number => {
  const bytes = parseByteSize(text);
  if (bytes !== undefined && bytes >= LEAST_BYTES) return bytes;
  context.addIssue('must be a size of 16MiB or more, such as 64MiB or 1GiB');
  return z.NEVER;
});

/** A sixteenth of the memory, within reason: 64 MiB of 1 GiB. The rest is for what is parsed, and for all else. */
export function bodiesInFlightFor(memoryBytes: number): number {
  return Math.min(BODIES_IN_FLIGHT_BYTES_MAX, Math.max(LEAST_BYTES, Math.floor(memoryBytes / 16)));
}

/** What this process may take: of the machine, or less where its container is bound to less. */
export function memoryOfProcess(): number {
  const bound = process.constrainedMemory() ?? 0;
  return bound > 0 ? Math.min(bound, totalmem()) : totalmem();
}
