import { hash } from 'node:crypto';
import { z } from 'zod';
import { isDamaged } from './damaged-event.ts';
import { EventStoreError, type StoredEvent } from './port.ts';

/**
 * A text that identifies the event at a position of a log. A log only grows, so one that still
 * holds this event has lost nothing before it; a log restored from a backup, and perhaps written to
 * since, holds another event there or none.
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

/** Parses a proof; `undefined` for a text that {@link proofOf} did not make. */
export function readProof(proof: string): HistoryProof | undefined {
  try {
    return proofText.safeParse(JSON.parse(proof)).data;
  } catch {
    return undefined;
  }
}

/**
 * Whether this event, at the position of the proof, is the one proved. A damaged event counts as
 * the same if its stream matches, since nothing else of it can be trusted.
 */
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
