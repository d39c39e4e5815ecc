import type { EventStore } from '@touchstone/event-store';
import type { Measures } from '@touchstone/journey';
import type { ReadModels } from '@touchstone/read-models';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { DefinitionsLedger } from './definitions-ledger.ts';

/** A part of the app, with zod at the edge of its routes. */
export type App = Parameters<FastifyPluginAsyncZod>[0];

/** What the routes ask; given by whoever composes the system. Times in ms since 1970. */
export interface QueryDeps {
  readonly store: EventStore;
  readonly readModels: ReadModels;
  /** Number of the generation in force. Asked once per request, so that an answer comes from one generation. */
  readonly generation: () => number;
  /** What the generation in force was measured with. */
  readonly measures: () => Measures;
  /** The product's now: the wall clock, or the greatest event time in the log. */
  readonly now: () => Promise<number>;
  readonly progress: Progress;
  readonly definitions: DefinitionsLedger;
  readonly rebuild: Rebuild;
  /** How long a reader is kept waiting for the read model before a 503; 5 s unless told. */
  readonly patienceMs?: number | undefined;
  /** The built dashboard; without it `/` leads to the page of the API. */
  readonly dashboardFolder?: string | undefined;
}

/** How far the read model has come. */
export interface Progress {
  /** Position up to which the generation in force holds everything. */
  projected(): bigint;
  /** True once the generation in force holds everything up to `position`; false if that takes longer than `timeoutMs`. */
  reached(position: bigint, timeoutMs: number): Promise<boolean>;
  /** Resolves when nothing that lists show is overdue at now. */
  settled(): Promise<void>;
}

export interface RebuildStatus {
  readonly state: 'none' | 'running' | 'done' | 'failed';
  /** Number of the generation that is, or was, filled. */
  readonly generation: number | null;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  /** How far it has come, and how far the log reached when it began. */
  readonly position: bigint | null;
  readonly target: bigint | null;
  /** Why it failed, in words. */
  readonly error: string | null;
}

export interface Rebuild {
  /** Resolves once it has begun; while one runs, this begins no other. */
  start(): Promise<void>;
  status(): RebuildStatus;
}
