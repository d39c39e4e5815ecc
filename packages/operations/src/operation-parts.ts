import type { CustomerFolds } from '@touchstone/customer-folds';
import type { EventStore } from '@touchstone/event-store';
import type { ClockKind, Definition } from '@touchstone/journey';
import type { ReadModels } from '@touchstone/read-models';
import type { Logger } from '@touchstone/runtime';
import type { DeadlineClock, StartFilling, StartTrialClock } from './workers.ts';

/** The parts of a process that each operation on its tables needs. */
export interface OperationParts {
  readonly store: EventStore;
  readonly readModels: ReadModels;
  readonly logger: Logger;
  readonly startFilling: StartFilling;
  /** Where single customers are folded. */
  readonly folds?: CustomerFolds | undefined;
  /** The newest version of each definition. */
  readonly definitions: () => Promise<readonly Definition[]>;
  /** The product's now, ms; null in a log without times. */
  readonly now: () => Promise<number | null>;
}

/** The parts of a process that operates on tables, its own or shared ones. */
export interface TablesParts extends OperationParts {
  /** A function, because the clock is started after the tables that it watches. */
  readonly clock: () => DeadlineClock | undefined;
  readonly startTrialClock: StartTrialClock;
  readonly clockKind: ClockKind;
}
