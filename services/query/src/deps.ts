import type { CustomerFolds } from '@touchstone/customer-folds';
import type { EventStore } from '@touchstone/event-store';
import type { MeasurementRules } from '@touchstone/journey';
import type {
  AlertsLedger,
  DefinitionRegistry,
  Rebuild,
  SendingsLedger,
  SharedLinks,
  TargetRegistry,
  Trial,
  WorklistMarks,
} from '@touchstone/operations';
import type { ReadModels } from '@touchstone/read-models';
import type { Keys, Problem, Setting } from '@touchstone/runtime';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';

/** A Fastify scope whose routes are validated and typed by zod schemas. */
export type App = Parameters<FastifyPluginAsyncZod>[0];

/** Dependencies of the routes, given by the composition of the system; times in ms since 1970. */
export interface QueryDeps {
  readonly store: EventStore;
  /** Folds single customers and journeys; by default on the thread of the caller. */
  readonly folds?: CustomerFolds | undefined;
  readonly readModels: ReadModels;
  /**
   * Number of the generation in force. A request reads it once, so that its answer comes from one
   * generation.
   */
  readonly generation: () => number;
  /**
   * The problem because of which lists may not be answered now; null if they may. Single customers
   * and journeys come from the log, and are answered all the same.
   */
  readonly withheld?: (() => Problem | null) | undefined;
  /**
   * Resolves once `withheld` tells whether the rows still belong to the log. Absent where no one
   * can restore the log while this process runs.
   */
  readonly assureLog?: (() => Promise<void>) | undefined;
  /** Policy and definitions that the generation in force was measured with. */
  readonly measures: () => MeasurementRules;
  /** The product's now: the wall clock, or the greatest event time in the log. */
  readonly now: () => Promise<number>;
  /** Difference of the wall clock from the trusted time, ms; 0 while the wall clock is trusted. */
  readonly clockOffByMs: () => number;
  readonly progress: Progress;
  /**
   * Position up to which `touchstone.log` holds the log; `null` while it is unknown. Absent without
   * a relay.
   */
  readonly relayedTo?: (() => bigint | null) | undefined;
  readonly definitions: DefinitionRegistry;
  /** The alerts that were told. */
  readonly alerts: AlertsLedger;
  /** Where alerts are sent, and how that went. */
  readonly targets: TargetRegistry;
  readonly sendings: SendingsLedger;
  /** Marks that people put on customers of the worklist. */
  readonly worklistMarks: WorklistMarks;
  /** Links by which customers see their journeys. */
  readonly sharedLinks: SharedLinks;
  /** Signs those links; undefined: none are made, and none are answered. */
  readonly shareSecret?: Buffer | undefined;
  readonly rebuild: Rebuild;
  readonly trial: Trial;
  /**
   * Timeout of a read from a log that is a server, ms. Without it, reads wait as long as the log
   * takes.
   */
  readonly logPatienceMs?: number | undefined;
  /** The keys in force; undefined: the system has none. */
  readonly keys?: Keys | undefined;
  /** Settings as they were given, without secrets. */
  readonly settings: readonly Setting[];
  /** Longest wait for the read model before a 503, ms; default 5 s. */
  readonly patienceMs?: number | undefined;
  /** For tests: characters of live events that are held, and the time between comments, ms. */
  readonly liveHeldMax?: number | undefined;
  readonly heartbeatMs?: number | undefined;
  /** True: SQL of callers is taken, see `POST /v1/sql`. */
  readonly sqlDoor?: boolean | undefined;
  /** Folder of the built dashboard; without it `/` redirects to the page of the API. */
  readonly dashboardFolder?: string | undefined;
}

/** Progress of the read model along the log. */
export interface Progress {
  /** Log position up to which the generation in force holds everything. */
  projected(): bigint;
  /**
   * Like `projected`, but read from the tables: where other processes fill them, `projected` may be
   * a second old.
   */
  latest?(): Promise<bigint>;
  /**
   * Resolves true once the generation in force holds everything up to `position`; false after
   * `timeoutMs`.
   */
  reached(position: bigint, timeoutMs: number): Promise<boolean>;
  /** Resolves once no customer in a list is overdue at now. */
  settled(): Promise<void>;
  /** Like `settled`, but resolves false as soon as it is known to take more than a moment. */
  settledSoon(): Promise<boolean>;
}
