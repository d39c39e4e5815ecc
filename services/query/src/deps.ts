import type { RebuildStatus, TrialStatus } from '@touchstone/api';
import type { CustomerFolds } from '@touchstone/customer-folds';
import type { EventStore } from '@touchstone/event-store';
import type { Definition, Measures, PolicyChange } from '@touchstone/journey';
import type { ReadModels } from '@touchstone/read-models';
import type { Problem } from '@touchstone/runtime';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { DefinitionsLedger } from './ledgers/definitions-ledger.ts';

/** A part of the app, with zod at the edge of its routes. */
export type App = Parameters<FastifyPluginAsyncZod>[0];

/** Dependencies of the routes, given by the composition of the system; times in ms since 1970. */
export interface QueryDeps {
  readonly store: EventStore;
  /** Where single customers and journeys are folded; by default on the caller's thread. */
  readonly folds?: CustomerFolds | undefined;
  readonly readModels: ReadModels;
  /** Number of the generation in force. Asked once per request, so that an answer comes from one generation. */
  readonly generation: () => number;
  /** Why nothing may be shown of its rows just now; null while they may. Single customers and journeys come from the log, and are shown. */
  readonly withheld?: (() => Problem | null) | undefined;
  /** Resolves once it is known whether the rows still are of the log, so that `withheld` says so; absent where nobody can put it back under a running process. */
  readonly assureLog?: (() => Promise<void>) | undefined;
  /** Policy and definitions that the generation in force was measured with. */
  readonly measures: () => Measures;
  /** The product's now: the wall clock, or the greatest event time in the log. */
  readonly now: () => Promise<number>;
  /** Difference of the wall clock from the trusted time, ms; 0 while the wall clock is trusted. */
  readonly clockOffByMs: () => number;
  readonly progress: Progress;
  /** Position up to which the log stands in `touchstone.log`; `null` while that is not known. Absent where nothing is relayed. */
  readonly relayedTo?: (() => bigint | null) | undefined;
  readonly definitions: DefinitionsLedger;
  readonly rebuild: Rebuild;
  readonly trial: Trial;
  /** Where the log is a server, which may be away: how long a reader waits for one that says nothing, ms; else they wait for the log however long it takes. */
  readonly logPatienceMs?: number | undefined;
  /** How long a reader is kept waiting for the read model before a 503; 5 s unless told. */
  readonly patienceMs?: number | undefined;
  /** The built dashboard; without it `/` leads to the page of the API. */
  readonly dashboardFolder?: string | undefined;
}

/** How far the read model has come. */
export interface Progress {
  /** Position up to which the generation in force holds everything. */
  projected(): bigint;
  /** The same, asked of the tables: where others fill them, `projected` may be a second old. */
  latest?(): Promise<bigint>;
  /** True once the generation in force holds everything up to `position`; false if that takes longer than `timeoutMs`. */
  reached(position: bigint, timeoutMs: number): Promise<boolean>;
  /** Resolves when nothing that lists show is overdue at now. */
  settled(): Promise<void>;
  /** Like `settled`, but resolves false as soon as it is known to take more than a moment. */
  settledSoon(): Promise<boolean>;
}

/** Status before the first rebuild of a process. */
export const NO_REBUILD: RebuildStatus = {
  state: 'none',
  generation: null,
  startedAt: null,
  finishedAt: null,
  position: null,
  target: null,
  comparison: null,
  error: null,
};

export interface RebuildRequest {
  /** Switch even to a generation that the comparison does not find right. */
  readonly force: boolean;
}

export interface Rebuild {
  /**
   * Resolves once it has begun; while one runs here, this begins no other.
   * @throws Problem `under_way` while a trial runs, or another process rebuilds.
   */
  start(request?: RebuildRequest): Promise<void>;
  status(): RebuildStatus;
}

export interface TrialRequest {
  /** These stand for those of their types; of the other types, the newest versions count. */
  readonly definitions: readonly Definition[];
  readonly policy: PolicyChange | undefined;
  /** Customers, and journeys, that the report tells of one by one. */
  readonly limit: number;
}

/** A generation that is filled, compared with the one in force, and dropped: what other measures would make of everything. */
export interface Trial {
  /** Resolves once it has begun. @throws Problem `under_way` while a trial or a rebuild runs. */
  start(request: TrialRequest): Promise<void>;
  /** Status of the latest trial of this process: a restart forgets it. */
  status(): TrialStatus;
  /** Resolves once nothing of the trial is left; forgets a finished trial together with its report. */
  cancel(): Promise<void>;
}

/** Status before the first trial of a process, and after a trial was forgotten. */
export const NO_TRIAL: TrialStatus = {
  state: 'none',
  phase: null,
  startedAt: null,
  finishedAt: null,
  position: null,
  target: null,
  error: null,
  report: null,
};
