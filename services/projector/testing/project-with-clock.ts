import { announceTo, type Clock, dueCustomersIn, startClock } from '@touchstone/clock';
import type { EventStore } from '@touchstone/event-store';
import { type Announce, type Projector, type ProjectorOptions, startProjector } from '../src/follow/projector.ts';

type Given = Omit<ProjectorOptions, 'announce' | 'store'> & {
  readonly store: EventStore;
  readonly intervalMs: number;
};

/** Publishes announcements by appending them to the log. */
export const telling =
  (store: EventStore): Announce =>
  async (announcements) =>
    void (await announceTo(store, announcements, false));

/** For tests: the projector of one generation, with a clock that follows the time of the log. */
export async function projectWithClock({
  intervalMs,
  ...options
}: Given): Promise<{ readonly projector: Projector; readonly clock: Clock }> {
  const { store, readModels, generation, measures, logger } = options;
  const projector = await startProjector({ ...options, announce: telling(store) });
  const clock = startClock({
    store,
    customers: dueCustomersIn(readModels, () => generation),
    measures: () => measures,
    parked: () => projector.parked,
    now: () => store.greatestTime(),
    reached: projector.progress.reached,
    logger,
    intervalMs,
  });
  return { projector, clock };
}
