import { type Clock, dueCustomersIn, startClock } from '@touchstone/clock';
import type { CustomerFolds } from '@touchstone/customer-folds';
import type { EventStore } from '@touchstone/event-store';
import type { DefinitionsLedger, GenerationWatch, RowsInForce } from '@touchstone/operations';
import type { StartFolder } from '@touchstone/projector';
import type { ReadModels } from '@touchstone/read-models';
import type { HttpServer, Logger, ReadinessCheck, StopStep, Tracing } from '@touchstone/runtime';
import type { CutWatch } from '../cut-watch.ts';
import type { ProductTime } from '../product-time.ts';

/** Parts that all roles of a process share. */
export interface RoleParts {
  readonly time: ProductTime;
  readonly logger: Logger;
  readonly app: HttpServer;
  readonly store: EventStore;
  readonly cuts: CutWatch;
  readonly ledger: DefinitionsLedger;
  /** For `/readyz`; each role adds its own checks. */
  readonly checks: ReadinessCheck[];
  /** Steps added last are run first. */
  readonly steps: StopStep[];
  readonly tracing: Tracing | undefined;
}

/** Parts for the roles that read or write the tables. */
export interface ReadModelParts {
  readonly readModels: ReadModels;
  readonly watch: GenerationWatch;
  /** Folds on this process's threads, which start on first use. */
  readonly startFolder: StartFolder;
  readonly folds: CustomerFolds;
  readonly rows: RowsInForce;
}

/**
 * Starts the clock that announces what falls due; the watch tells it what others write to the
 * tables. `intervalMs` is the time between its own looks.
 */
export function clockOver(
  { time, store, logger }: RoleParts,
  { readModels, watch, folds }: ReadModelParts,
  intervalMs?: number,
): Clock {
  const clock = startClock({
    store,
    customers: dueCustomersIn(readModels, () => watch.inForce().generation),
    folds,
    measures: () => watch.inForce().measures,
    parked: watch.parked,
    now: async () => (watch.current() === null ? null : time.dueBefore()),
    onCorrected: time.onCorrected,
    reached: async (position, timeoutMs) => watch.current() !== null && watch.progress.reached(position, timeoutMs),
    logger,
    ...(intervalMs !== undefined && { intervalMs }),
  });
  watch.onNews(clock.lookAgain);
  return clock;
}
