import { z } from 'zod';
import { EventStoreError } from './port.ts';

/**
 * Why a log takes no events: it was copied to `place`, or is being filled with a copy of the log
 * there.
 */
const sealSchema = z.object({
  why: z.enum(['moved', 'filling']),
  /** URL of the other log without secrets, and its name. */
  place: z.string(),
  log: z.string(),
  /** ms since 1970. */
  at: z.number(),
  /**
   * Progress of a log being filled: events copied so far, the last position in the source log and
   * in this one.
   */
  upTo: z.object({ events: z.number(), source: z.string(), copy: z.string() }).optional(),
});
export type Seal = z.output<typeof sealSchema>;

/** Parses a seal; `undefined` for any other text, such as that of a lifted seal. */
export function readSeal(text: string): Seal | undefined {
  try {
    return sealSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

export function sealedError({ why, place, at }: Seal): EventStoreError {
  const when = new Date(at).toISOString();
  const words =
    why === 'moved'
      ? `This log was copied to ${place} and takes nothing more since ${when}: EVENT_STORE_URL is to name that place. \`touchstone copy --lift\` has it take events again.`
      : `This log is being filled with a copy of ${place} since ${when} and takes nothing else until that is whole: run \`touchstone copy\` once more.`;
  return new EventStoreError('sealed', words);
}
