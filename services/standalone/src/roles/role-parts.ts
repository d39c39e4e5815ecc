import { type Clock, dueCustomersIn, startClock } from '@touchstone/clock';
import type { CustomerFolds } from '@touchstone/customer-folds';
import type { EventStore } from '@touchstone/event-store';
import type { StartFolder } from '@touchstone/projector';
import type { DefinitionsLedger } from '@touchstone/query';
import type { ReadModels } from '@touchstone/read-models';
import type { HttpServer, Logger, ReadinessCheck, StopStep, Tracing } from '@touchstone/runtime';
import type { CutWatch } from '../cut-watch.ts';
import type { ProductTime } from '../product-time.ts';
import type { GenerationWatch } from './generation-watch.ts';
import type { RowsInForce } from './rows-in-force.ts';

/** What the roles of a process share. */
export interface RoleParts {
  readonly time: ProductTime;
  readonly logger: Logger;
  readonly app: HttpServer;
  readonly store: EventStore;
  readonly cuts: CutWatch;
  readonly ledger: DefinitionsLedger;
  /** For `/readyz`; each role adds its own. */
  readonly checks: ReadinessCheck[];
  /** The last added is stopped first. */
  readonly steps: StopStep[];
  readonly tracing: Tracing | undefined;
}

/** Of roles that read or write the tables. */
export interface ReadModelParts {
  readonly readModels: ReadModels;
  readonly watch: GenerationWatch;
  /** On the threads of this process, which start with the first that folds. */
  readonly startFolder: StartFolder;
  readonly folds: CustomerFolds;
  readonly rows: RowsInForce;
}

/** Announces what falls due; what others write to the tables it learns from the watch. `intervalMs`: between two looks of its own. */
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
