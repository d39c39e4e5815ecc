import { announceTo, type Clock, dueCustomersIn, startClock } from '@touchstone/clock';
import type { CustomerFolds } from '@touchstone/customer-folds';
import type { EventStore } from '@touchstone/event-store';
import type { StartFilling, StartTrialClock } from '@touchstone/operations';
import type { StartFold } from '@touchstone/projection';
import { startProjector } from '@touchstone/projector';
import type { ReadModels } from '@touchstone/read-models';
import type { Logger } from '@touchstone/runtime';

export interface WorkersOptions {
  readonly store: EventStore;
  readonly readModels: ReadModels;
  readonly logger: Logger;
  /** Where events are folded, and single customers. */
  readonly startFold?: StartFold | undefined;
  readonly folds?: CustomerFolds | undefined;
  /** The clock that is told what the tables now show, where this process has one. */
  readonly clock?: (() => Clock | undefined) | undefined;
}

/** The services at work for the operations: a projector for each filling, and the trials' clock. */
export interface Workers {
  readonly startFilling: StartFilling;
  readonly startTrialClock: StartTrialClock;
}

export function workersOf({ store, readModels, logger, startFold, folds, clock }: WorkersOptions): Workers {
  return {
    startFilling: ({ log = store, isAudible = () => true, ...toFill }) =>
      startProjector({
        ...toFill,
        store: log,
        readModels,
        logger,
        startFold,
        isAudible,
        announce: async (announcements) => {
          if (log === store) await announceTo(store, announcements, false);
        },
        onWritten: (written) => {
          if (log === store) clock?.()?.noteWritten(written);
        },
      }),
    startTrialClock: ({ log, generation, measures, filling, now }) =>
      startClock({
        store: log,
        customers: dueCustomersIn(readModels, () => generation),
        folds,
        measures: () => measures,
        parked: () => filling.parked,
        now: async () => now,
        reached: filling.progress.reached,
        logger,
      }),
  };
}
