import { setTimeout as pause } from 'node:timers/promises';
import type { RebuildStatus } from '@touchstone/api';
import { type ClockKind, encodeUnderNewRules, FILLED_ANEW, isOutdated } from '@touchstone/journey';
import { Problem } from '@touchstone/runtime';
import { encodeInForce, encodeNewest } from '../definitions/measures-in-force.ts';
import { dropAbandoned } from '../generations/drop-abandoned.ts';
import type { ServedTrial } from '../trial/trial.ts';
import { underWay } from '../under-way.ts';
import type { ClaimRebuild, HeldRebuild } from './claim.ts';
import { NO_REBUILD, type RebuildRequest, type ServedRebuild } from './rebuild.ts';
import { type RunOptions, runRebuild } from './run-rebuild.ts';
import { RENEW_MS } from './shared-claim.ts';

export interface RebuildsOptions extends RunOptions {
  readonly claim: ClaimRebuild;
  readonly clockKind: ClockKind;
  /** The trials of this process: no trial runs beside a rebuild. */
  readonly trial: () => Pick<ServedTrial, 'isRunning' | 'cancel'>;
  /** How long (ms) to wait while another process rebuilds; default {@link RENEW_MS}. */
  readonly renewMs?: number | undefined;
}

export interface Rebuilds extends ServedRebuild {
  /**
   * Fills another generation with the measures in force while they are of earlier rules, unless
   * another process does. Resolves once the rules are current, or the filling has failed.
   */
  fillAnew(): Promise<void>;
  /**
   * Fills another generation while the rows in force are distrusted, without a comparison, unless
   * another process does. Rejects if that fails.
   */
  fillDistrusted(): Promise<void>;
  /**
   * Fills a generation of this log while the one in force is of another, unless another process
   * does. Resolves once the rows are of this log, or the process stops.
   */
  followLog(): Promise<void>;
  /** Fills another generation with these measures, as `encodeMeasures` writes them. */
  fillWith(measures: () => Promise<string>): Promise<void>;
  isRunning(): boolean;
  /** Whether rows of another log are being replaced. */
  isFollowing(): boolean;
  stop(): Promise<void>;
}

/** Which measures a rebuild takes, and whether it switches whatever the comparison says. */
interface Plan extends RebuildRequest {
  /** The measures as text; null if there is nothing to rebuild any more. */
  readonly measures: () => Promise<string | null>;
}

/** An object, because a promise of a promise would resolve only with the inner one. */
interface Begun {
  readonly done: Promise<void>;
}

/** How long (ms) after a look at rows of another log they are looked at again. */
const FOLLOW_AGAIN_MS = 1_000;

const OVER: Begun = { done: Promise.resolve() };

interface State {
  readonly stopping: AbortController;
  status: RebuildStatus;
  /** Whether the rebuild that runs was begun by the process itself. */
  isOwnDoing: boolean;
  begun: Promise<Begun> | undefined;
  /** Resolves once the rebuild that runs is over; never rejects. */
  rebuilding: Promise<void> | undefined;
  following: Promise<void> | undefined;
  dropping: Promise<void>;
}

/**
 * Fills another generation beside the one in force and goes over to it: when an operator asks, when
 * the rules have changed, when the rows are not trusted, or when the log is another one. Only one
 * rebuild runs at a time, in this process and, by the claim, in all that share the tables.
 */
export function openRebuilds(options: RebuildsOptions): Rebuilds {
  const state: State = {
    stopping: new AbortController(),
    status: NO_REBUILD,
    isOwnDoing: false,
    begun: undefined,
    rebuilding: undefined,
    following: undefined,
    dropping: Promise.resolve(),
  };
  const newest = () => encodeNewest({ ...options, before: options.rows.inForce().measures });
  return {
    start: async ({ force } = { force: false }) => {
      assertFree(options, state);
      options.rows.inForce();
      await beginOnce(options, state, { force, measures: newest });
    },
    status: () => state.status,
    finished: async () => state.rebuilding,
    isRunning: () => state.rebuilding !== undefined,
    isFollowing: () => state.following !== undefined,
    fillAnew: () => fillAnew(options, state),
    fillDistrusted: () => fillDistrusted(options, state),
    fillWith: async (measures) => {
      const { done } = await beginOnce(options, state, { force: false, measures });
      await done;
    },
    followLog: () => {
      state.following ??= followLog(options, state).finally(() => {
        state.following = undefined;
      });
      return state.following;
    },
    stop: async () => {
      state.stopping.abort(new Error('the process was stopped while rebuilding; start the rebuild again'));
      await state.following;
      await state.rebuilding;
      await state.dropping;
    },
  };
}

/** @throws Problem `under_way` while this process fills tables for another reason. */
function assertFree({ trial }: RebuildsOptions, { isOwnDoing, following }: State): void {
  if (trial().isRunning()) throw underWay('A trial', 'wait for its report, or cancel it (DELETE /v1/trial)');
  if (following !== undefined)
    throw underWay('The filling anew from a log that was put back', 'wait until it is done (GET /v1/overview)');
  if (isOwnDoing) throw underWay('The filling anew under new rules', 'wait until it is done (GET /v1/rebuild)');
}

/** Joins the rebuild that runs in this process, or begins one. */
function beginOnce(options: RebuildsOptions, state: State, plan: Plan): Promise<Begun> {
  state.begun ??= begin(options, state, plan);
  state.rebuilding ??= state.begun
    .then(({ done }) => done)
    // The callers of `begin` receive the error.
    .catch(() => undefined)
    .finally(() => {
      state.begun = undefined;
      state.rebuilding = undefined;
    });
  return state.begun;
}

/**
 * Resolves once the generation is created, or the attempt has failed.
 * @throws Problem `under_way` while another process rebuilds.
 */
async function begin(options: RebuildsOptions, state: State, plan: Plan): Promise<Begun> {
  const { rows, readModels, logger, store } = options;
  const held = await options.claim();
  const startedAt = Date.now();
  try {
    // Another rebuild may have switched a moment ago.
    await rows.look();
    const before = rows.inForce();
    await dropAbandoned(readModels, logger, held.isAbandoned);
    const measures = await plan.measures();
    if (measures === null) {
      await held.release();
      return OVER;
    }
    const to = await held.create(measures, await store.identity());
    state.status = { ...NO_REBUILD, state: 'running', generation: to.number, startedAt };
    return { done: carryThrough(options, state, held, { to, before, force: plan.force }) };
  } catch (error) {
    await held.release();
    const failed = { state: 'failed', finishedAt: Date.now(), error: (error as Error).message } as const;
    state.status = { ...NO_REBUILD, startedAt, ...failed };
    logger.error({ err: error }, 'the rebuild failed before it began');
    return OVER;
  }
}

type Begin = Pick<Parameters<typeof runRebuild>[1], 'to' | 'before' | 'force'>;

/** Runs a rebuild that has begun, and drops what is not needed after it. */
async function carryThrough(options: RebuildsOptions, state: State, held: HeldRebuild, begin: Begin): Promise<void> {
  const { logger, rows } = options;
  const generation = begin.to.number;
  const note = (news: Partial<RebuildStatus>) => {
    state.status = { ...state.status, ...news };
  };
  const signal = AbortSignal.any([state.stopping.signal, held.lost]);
  const { error, isSwitched, isBeforeKept } = await runRebuild(options, { ...begin, held, signal, note });
  if (!isSwitched) await dropOrLeave(options, generation);
  else if (!isBeforeKept) {
    state.dropping = dropOnceUnused(options, state, begin.before.generation);
    if (rows.noticeMs === 0) await state.dropping;
  }
  if (error === undefined) {
    note({ state: 'done', finishedAt: Date.now() });
    logger.info({ generation }, 'rebuilt; the new generation answers now');
  } else {
    note({ state: 'failed', finishedAt: Date.now(), error: error.message });
    logger.error({ err: error, generation }, 'the rebuild failed; the old generation goes on');
  }
  await held.release();
  rows.onEnded();
}

/** Other processes finish what they have begun in the generation before. */
async function dropOnceUnused(options: RebuildsOptions, { stopping }: State, generation: number): Promise<void> {
  const { noticeMs } = options.rows;
  if (noticeMs > 0) await pause(noticeMs, undefined, { signal: stopping.signal }).catch(() => undefined);
  await dropOrLeave(options, generation);
}

/** Dropping damaged tables may fail too. */
async function dropOrLeave({ readModels, logger }: RebuildsOptions, generation: number): Promise<void> {
  await readModels.dropGeneration(generation).catch((error: unknown) => {
    logger.warn({ err: error, generation }, 'a generation could not be dropped; a later rebuild or start does it');
  });
}

const isElsewhere = (error: unknown) => error instanceof Problem && error.code === 'under_way';

async function pauseFor(ms: number, { stopping }: State): Promise<void> {
  await pause(ms, undefined, { signal: stopping.signal }).catch(() => undefined);
}

/**
 * Runs a rebuild that the process itself wants, and waits while another process does it. Resolves
 * once it has run, or is not wanted any more.
 */
async function runUnlessElsewhere(
  options: RebuildsOptions,
  state: State,
  plan: RebuildRequest & { readonly wanted: () => string | null },
): Promise<void> {
  const measures = async () => (state.stopping.signal.aborted ? null : plan.wanted());
  while ((await measures()) !== null) {
    try {
      state.isOwnDoing = true;
      const { done } = await beginOnce(options, state, { force: plan.force, measures });
      return await done;
    } catch (error) {
      if (!isElsewhere(error)) throw error;
    } finally {
      state.isOwnDoing = false;
    }
    // If the process that rebuilds is killed, this one takes over.
    await pauseFor(options.renewMs ?? RENEW_MS, state);
  }
}

async function fillAnew(options: RebuildsOptions, state: State): Promise<void> {
  const { rows, clockKind, logger } = options;
  const wanted = () => {
    const found = rows.current();
    return found !== null && isOutdated(found.measures, clockKind)
      ? encodeUnderNewRules(found.measures, clockKind)
      : null;
  };
  if (wanted() === null) return;
  logger.warn({ generation: rows.inForce().generation }, FILLED_ANEW);
  await runUnlessElsewhere(options, state, { force: false, wanted });
}

/** Waits for what runs already, because its switch may remove the fault. */
async function fillDistrusted(options: RebuildsOptions, state: State): Promise<void> {
  const { rows, clockKind } = options;
  const { generation, measures } = rows.inForce();
  await state.following;
  if (options.trial().isRunning()) await options.trial().cancel();
  await state.rebuilding;
  const isStill = () => rows.inForce().generation === generation && !rows.isTrusted();
  const wanted = () => (isStill() ? encodeUnderNewRules(measures, clockKind) : null);
  await runUnlessElsewhere(options, state, { force: true, wanted });
  if (isStill() && state.status.state === 'failed') throw new Error(state.status.error ?? 'for no known reason');
}

async function followLog(options: RebuildsOptions, state: State): Promise<void> {
  const { rows, logger } = options;
  const isOurs = async () => {
    await rows.look().catch(() => undefined);
    return rows.whose() === 'ours';
  };
  if (options.trial().isRunning()) await options.trial().cancel();
  await state.rebuilding;
  while (!state.stopping.signal.aborted && !(await isOurs())) {
    try {
      const { done } = await beginOnce(options, state, { force: false, measures: () => encodeInForce(options) });
      await done;
    } catch (error) {
      // The loop looks whether the other process has filled it.
      if (!isElsewhere(error))
        logger.error({ err: error }, 'the read model could not be filled from the log; trying again');
    }
    if (await isOurs()) return;
    await pauseFor(FOLLOW_AGAIN_MS, state);
  }
}
