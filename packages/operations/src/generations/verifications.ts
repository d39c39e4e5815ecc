import { setTimeout as pause } from 'node:timers/promises';
import type { ReadModels, Verification } from '@touchstone/read-models';

/** How often the rows are compared at most, and the pause (ms) between. */
export interface Patience {
  readonly tries: number;
  readonly againMs: number;
}

/**
 * Compares the rows of a generation with their checkpoints until each lane was found at rest once,
 * because lanes that write have rows beyond their checkpoints. Ends after the first comparison that
 * finds a fault, and otherwise when the patience is over.
 */
export async function* verifications(
  readModels: Pick<ReadModels, 'verify'>,
  generation: number,
  { tries, againMs }: Patience,
): AsyncGenerator<Verification, void> {
  const compared = new Set<string>();
  for (let nth = 1; nth <= tries; nth++) {
    if (nth > 1) await pause(againMs, undefined, { ref: false });
    const found = await readModels.verify(generation, compared);
    yield found;
    if (!found.isWhole || found.heldFrom === null) return;
  }
}
