import type { EventStore } from '@touchstone/event-store';
import { measures } from '@touchstone/journey/testing';
import type { ReadModels } from '@touchstone/read-models';
import { createLogger } from '@touchstone/runtime';
import { expect } from 'vitest';
import { projectWithClock } from '../../services/projector/testing/project-with-clock.ts';

/** Projects everything still to come, undisturbed. */
export async function projectToTheEnd(store: EventStore, readModels: ReadModels, generation: number): Promise<void> {
  const { projector, clock } = await projectWithClock({
    store,
    readModels,
    generation,
    measures,
    logger: createLogger({ level: 'error' }),
    intervalMs: 3_600_000,
  });
  expect(await projector.progress.reached(await store.head(), 60_000), String(projector.fault())).toBe(true);
  await clock.settled();
  await clock.stop();
  expect(await projector.progress.reached(await store.head(), 60_000), String(projector.fault())).toBe(true);
  await projector.stop();
}
