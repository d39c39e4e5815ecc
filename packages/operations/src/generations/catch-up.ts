import { type EventStore, EventStoreError } from '@touchstone/event-store';
import type { ReadModels } from '@touchstone/read-models';
import type { Logger } from '@touchstone/runtime';
import type { Filling } from '../workers.ts';

/**
 * Resolves once the projector holds everything that the log held a moment ago.
 * @throws EventStoreError `diverged` if the log is restored from a backup meanwhile, and whatever
 *   `onProgress` throws.
 */
export async function catchUp(
  store: EventStore,
  projector: Filling,
  onProgress: (position: bigint, target: bigint) => void,
): Promise<void> {
  for (;;) {
    assertOneHistory(projector);
    const target = await store.head();
    if (await projector.progress.reached(target, 200)) {
      onProgress(target, target);
      return assertOneHistory(projector);
    }
    onProgress(projector.progress.position(), target);
  }
}

function assertOneHistory(projector: Filling): void {
  if (projector.hasDiverged()) throw new EventStoreError('diverged', 'The log was put back while it was projected.');
}

/** @throws EventStoreError `diverged` if the log no longer holds the last projected event. */
export async function assertProjectedHistory(store: EventStore, projector: Filling): Promise<void> {
  assertOneHistory(projector);
  const history = projector.history();
  if (history !== undefined && !(await store.holds(history))) {
    throw new EventStoreError('diverged', 'The log was put back after it was projected.');
  }
}

/**
 * Copies to another generation the list of events that have left the log. If damaged rows cannot be
 * read, the failure is logged, and the new generation counts those events as far as the log still
 * tells.
 */
export async function takeOverLeft(readModels: ReadModels, logger: Logger, from: number, to: number): Promise<void> {
  await readModels.takeOverLeft(from, to).catch((error: unknown) => {
    logger.warn({ err: error, generation: from }, 'which events have left the log could not be taken over');
  });
}
