import { z } from 'zod';
import { EventStoreError } from './port.ts';

/** Why a log takes nothing: it was copied to `place`, or is being filled with a copy of what is there. */
const sealSchema = z.object({
  why: z.enum(['moved', 'filling']),
  /** Where the other log is, without secrets, and its name. */
  place: z.string(),
  log: z.string(),
  /** ms since 1970. */
  at: z.number(),
  /** Of one that is being filled: so many events are there, up to this position of the other log and this one of its own. */
  upTo: z.object({ events: z.number(), source: z.string(), copy: z.string() }).optional(),
});
export type Seal = z.output<typeof sealSchema>;

/** `undefined` for a text that is no seal, as that of one that was lifted. */
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
