import { announceTo, dueCustomersIn, startClock } from '@touchstone/clock';
import type { EventStore } from '@touchstone/event-store';
import { measures } from '@touchstone/journey/testing';
import { startProjector } from '@touchstone/projector';
import type { ReadModels } from '@touchstone/read-models';
import { createLogger } from '@touchstone/runtime';
import { expect } from 'vitest';

/** Everything that is still to come comes, undisturbed. */
export async function projectToTheEnd(store: EventStore, readModels: ReadModels, generation: number): Promise<void> {
  const logger = createLogger({ level: 'error' });
  const projector = await startProjector({
    store,
    readModels,
    generation,
    measures,
    logger,
    announce: async (announcements) => void (await announceTo(store, announcements, false)),
  });
  const clock = startClock({
    store,
    customers: dueCustomersIn(readModels, () => generation),
    measures: () => measures,
    parked: () => projector.parked,
    now: () => store.greatestTime(),
    reached: projector.progress.reached,
    logger,
    intervalMs: 3_600_000,
  });
  expect(await projector.progress.reached(await store.head(), 60_000), String(projector.fault())).toBe(true);
  await clock.settled();
  await clock.stop();
  expect(await projector.progress.reached(await store.head(), 60_000), String(projector.fault())).toBe(true);
  await projector.stop();
}
