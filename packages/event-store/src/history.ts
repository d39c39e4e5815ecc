import { hash } from 'node:crypto';
import { z } from 'zod';
import { isDamaged } from './damaged-event.ts';
import { EventStoreError, type StoredEvent } from './port.ts';

/**
 * What stands at a position of a log, as text: a log that holds it still has not lost anything before it either, for a log only grows. One that was put
 * back from a backup, and perhaps went on since, holds something else there, or nothing.
 */
export function proofOf({ position, stream, mark, recordedAt, body }: StoredEvent): string {
  const what = mark === undefined ? { recordedAt, digest: hash('sha256', body, 'base64url') } : { mark };
  return JSON.stringify({ position: String(position), stream, ...what });
}

const proofText = z.object({
  position: z
    .string()
    .regex(/^\d{1,20}$/)
    .transform(BigInt),
  stream: z.string(),
  mark: z.string().optional(),
  recordedAt: z.number().optional(),
});

export type HistoryProof = z.output<typeof proofText>;

/** `undefined` for what {@link proofOf} did not make. */
export function readProof(proof: string): HistoryProof | undefined {
  try {
    return proofText.safeParse(JSON.parse(proof)).data;
  } catch {
    return undefined;
  }
}

/** Whether this event, at the position of the proof, is the one that it tells of. One that is damaged is no other: its stream is all that may still be believed of it. */
export function isProven(event: StoredEvent, proof: string): boolean {
  if (!isDamaged(event)) return proofOf(event) === proof;
  return readProof(proof)?.stream === event.stream;
}

/** @throws EventStoreError `diverged`. */
export function assertHeld(isHeld: boolean): void {
  if (isHeld) return;
  throw new EventStoreError(
    'diverged',
    'The log does not hold any more what was read of it before: it was put back from a backup, or is another log.',
  );
}
