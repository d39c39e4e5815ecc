import type { Clock } from '@touchstone/clock';
import type { CustomerFolds } from '@touchstone/customer-folds';
import type { EventStore } from '@touchstone/event-store';
import type {
  AlertsLedger,
  DefinitionRegistry,
  ServedRebuild,
  ServedTrial,
  ShownRows,
  Target,
} from '@touchstone/operations';
import type { StartFold } from '@touchstone/projection';
import type { ReadModels } from '@touchstone/read-models';
import type { Config, Logger, Problem, ReadinessCheck, Role, StopStep, Tracing } from '@touchstone/runtime';
import type { ProductTime } from '../product-time.ts';
import type { Parts } from '../roles/role.ts';

/** Parts that a process has, whatever its roles. */
export interface ProcessParts {
  readonly config: Config;
  readonly logger: Logger;
  readonly tracing: Tracing | undefined;
  readonly roles: ReadonlySet<Role>;
  readonly store: EventStore;
  readonly time: ProductTime;
  readonly ledger: DefinitionRegistry;
  readonly alerts: AlertsLedger;
  /** Steps added last are run first. */
  readonly steps: StopStep[];
  /** For `/readyz`; each role adds its own checks. */
  readonly checks: ReadinessCheck[];
}

/** The read model, and the threads that fold for it. */
export interface ReadSide {
  readonly readModels: ReadModels;
  /** Folds on this process's threads, which start on first use. */
  readonly startFold: StartFold;
  readonly folds: CustomerFolds;
}

/**
 * The rows that answer in this process: its own, filled from the log, or shared ones, which several
 * processes fill from Kafka. The roles do not know which.
 */
export interface Tables extends ReadSide {
  /** Null until the first generation was created. */
  current(): Target | null;
  /** @throws ReadModelError `unavailable` until the first generation was created. */
  inForce(): Target;
  readonly progress: {
    position(): bigint;
    /** Resolves true once the rows hold everything up to the position; false after `timeoutMs`. */
    reached(position: bigint, timeoutMs: number): Promise<boolean>;
  };
  /** Positions of the parked events. */
  parked(): ReadonlySet<bigint>;
  /** Resolves once all this is as new as the tables. */
  look(): Promise<void>;
  /** Calls the listener whenever other processes have brought the tables further. */
  onNews(listener: () => void): void;
  readonly rows: ShownRows & { isTrusted(): boolean };
  /** Resolves once it is known whether the rows are of this log; if not, lists are withheld. */
  assureLog(): Promise<void>;
  /** Keeps the rows up to date: the work of the role `projector`. */
  fill(parts: Parts): Promise<void>;
  /** Gives the role `query` the rebuilds and trials of these rows; called once. */
  operate(clock: Clock): Promise<Operations>;
}

export interface Operations {
  readonly rebuild: ServedRebuild;
  readonly trial: ServedTrial;
  /** The problem because of which lists may not be answered now; null if they may. */
  withheld(): Problem | null;
}
