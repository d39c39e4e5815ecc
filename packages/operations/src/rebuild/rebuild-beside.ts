import { setTimeout as pause } from 'node:timers/promises';
import type { CustomerFolds } from '@touchstone/customer-folds';
import type { EventStore } from '@touchstone/event-store';
import {
  type ClockKind,
  type Definition,
  decodeMeasures,
  encodeMeasures,
  encodeUnderNewRules,
  FILLED_ANEW,
  isOutdated,
  policyV1,
} from '@touchstone/journey';
import { type Generation, lastWrittenAt, type ReadModels } from '@touchstone/read-models';
import { type Logger, Problem } from '@touchstone/runtime';
import { compareBeforeSwitch, refusal } from '../comparison/compare-before-switch.ts';
import { encodeInForce, tellBeforeSwitch } from '../definitions/measures-in-force.ts';
import { assertProjectedHistory, catchUp, takeOverLeft } from '../generations/catch-up.ts';
import { type GenerationWatch, LOOK_MS } from '../generations/generation-watch.ts';
import { keepHistory } from '../generations/kept-history.ts';
import { findFork, type Whose } from '../generations/log-of-rows.ts';
import type { Target } from '../generations/target.ts';
import { underWay } from '../trial/trial.ts';
import type { StartFilling } from '../workers.ts';
import { type HeldRebuild, holdRebuild, RENEW_MS } from './hold-rebuild.ts';
import { NO_REBUILD, type RebuildRequest } from './rebuild.ts';
import { LOST } from './refill.ts';
import type { ServedRebuild } from './serving.ts';

export interface RebuildBesideOptions {
  readonly store: EventStore;
  readonly readModels: ReadModels;
  readonly watch: GenerationWatch;
  readonly logger: Logger;
  /** The newest version of each definition. */
  readonly definitions: () => Promise<readonly Definition[]>;
  /** The product's now, ms; null in a log without times. */
  readonly now: () => Promise<number | null>;
  readonly clockKind: ClockKind;
  readonly isTrying: () => boolean;
  readonly startFilling: StartFilling;
  readonly folds?: CustomerFolds | undefined;
  /**
   * For tests: how often (ms) the lease is renewed or requested again; default {@link RENEW_MS}.
   */
  readonly renewMs?: number;
}

/**
 * After a switch other processes still read and write the old generation until their next look, and
 * finish what they have begun.
 */
const NOTICE_MS = 10 * LOOK_MS;
/**
 * How long the rebuild waits for the projectors of the old generation, which announce what was
 * projected in silence.
 */
const TELL_MS = 60_000;
/** A generation that is not in force and has not been written to for this long is abandoned. */
const ABANDONED_MS = 600_000;

export interface RebuildBeside extends ServedRebuild {
  /**
   * Refills the generation in force while it was made under earlier rules, unless another process
   * does. Resolves once the rules are current, or the refill has failed.
   */
  fillAnew(): Promise<void>;
  /**
   * Fills another generation while the rows in force are distrusted, without a comparison, unless
   * another process does. Rejects if that fails.
   */
  fillDistrusted(): Promise<void>;
  /**
   * Fills a generation of this log while the one in force is of another, unless another process
   * does. Resolves once it is in force, or the process stops.
   */
  followLog(): Promise<void>;
  isRunning(): boolean;
  stop(): Promise<void>;
}

/**
 * Rebuilds where several processes project: this process alone fills the new generation, straight
 * from the log. After the switch the projectors continue in it, each lane from its position; the
 * lease in the tables (`hold-rebuild.ts`) lets one process rebuild at a time.
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: its steps share state: split it into a state record and functions over it when it changes next.
export function rebuildBeside(options: RebuildBesideOptions): RebuildBeside {
  const { store, readModels, watch, logger, startFilling } = options;
  const stopping = new AbortController();
  let status = NO_REBUILD;
  let filling = false;
  let following: Promise<void> | undefined;
  let begun: Promise<Begun> | undefined;
  let rebuilding: Promise<void> | undefined;
  let dropping: Promise<void> = Promise.resolve();

  /** Resolves once the generation is being filled, or the attempt has failed. */
  async function begin(request: RebuildRequest, measuresOf: MeasuresOf): Promise<Begun> {
    const held = await holdRebuild(readModels, logger, options.renewMs);
    try {
      // Another rebuild may have switched a moment ago.
      await watch.look();
      const before = watch.inForce().generation;
      await dropAbandoned(readModels, logger, held.claim.abandoned);
      const measures = await measuresOf();
      if (measures === null) {
        await held.release();
        return { done: Promise.resolve() };
      }
      const generation = await held.claim.create(measures, await store.identity());
      status = { ...NO_REBUILD, state: 'running', generation: generation.number, startedAt: Date.now() };
      return { done: rebuild(held, generation, before, request) };
    } catch (error) {
      await held.release();
      status = { ...NO_REBUILD, state: 'failed', finishedAt: Date.now(), error: (error as Error).message };
      logger.error({ err: error }, 'the rebuild failed before it began');
      return { done: Promise.resolve() };
    }
  }

  async function rebuild(held: HeldRebuild, to: Generation, before: number, request: RebuildRequest): Promise<void> {
    const generation = to.number;
    try {
      const signal = AbortSignal.any([stopping.signal, held.lost]);
      const whose = watch.whose();
      if (whose === 'ours') await fill(to, before, request, signal);
      else await fillFromLog(to, before, whose, signal);
      await tellBeforeSwitch(options, decodeMeasures(to.measures));
      await held.claim.switchFrom(before);
      // The switch is done, whether this look sees it or the next one.
      await watch.look().catch(() => undefined);
      status = { ...status, state: 'done', finishedAt: Date.now() };
      logger.info({ generation }, 'rebuilt; the new generation answers now');
      if (whose !== 'diverged') dropping = dropLater(before);
    } catch (error) {
      status = { ...status, state: 'failed', finishedAt: Date.now(), error: (error as Error).message };
      logger.error({ err: error, generation }, 'the rebuild failed; the old generation goes on');
      await readModels.dropGeneration(generation).catch((fault: unknown) => {
        logger.warn({ err: fault, generation }, 'what was rebuilt could not be dropped; a later rebuild does it');
      });
    } finally {
      await held.release();
    }
  }

  /**
   * Fills the generation from the beginning of the log, without announcing, up to where the one in
   * force is.
   */
  async function fill(
    to: Generation,
    beforeGeneration: number,
    { force }: RebuildRequest,
    signal: AbortSignal,
  ): Promise<void> {
    const generation = to.number;
    const measures = decodeMeasures(to.measures);
    const isTrusted = watch.distrusted() === null;
    const projector = await startFilling({
      generation,
      measures,
      isAudible: () => false,
      // If the rows are damaged, their projectors may stand still and announce nothing.
      toldBeyond: isTrusted ? undefined : watch.progress.position(),
    });
    try {
      await catchUp(store, projector, (position, target) => {
        signal.throwIfAborted();
        status = { ...status, position, target };
      });
      const before = { ...watch.inForce(), projector: watch };
      if (before.generation !== beforeGeneration)
        throw new Error('another rebuild has switched meanwhile; start it again');
      await takeOverLeft(readModels, logger, before.generation, generation);
      if (!isTrusted) return;
      const after = { generation, measures, projector };
      const comparison = await compareBeforeSwitch({ ...options, before, after, now: await options.now(), force });
      await assertProjectedHistory(store, projector);
      status = { ...status, comparison };
      if (comparison?.verdict === 'refused') throw new Error(refusal(comparison));
    } finally {
      await projector.stop();
    }
    const position = projector.progress.position();
    if (!(await watch.progress.reached(position, TELL_MS))) {
      const from = String(watch.progress.position());
      logger.error(
        { from, to: String(position) },
        'the old generation stands still: changes between are not announced',
      );
    }
  }

  /**
   * Fills from the beginning of a log other than that of the rows in force, which therefore cannot
   * be compared.
   */
  async function fillFromLog(to: Generation, before: number, whose: Whose, signal: AbortSignal): Promise<void> {
    const fork = whose === 'diverged' ? await findFork({ store, readModels }, before) : { position: 0n, toldUpTo: 0n };
    const projector = await startFilling({
      generation: to.number,
      measures: decodeMeasures(to.measures),
      isAudible: () => false,
      toldBeyond: fork.toldUpTo,
    });
    try {
      await catchUp(store, projector, (position, target) => {
        signal.throwIfAborted();
        status = { ...status, position, target };
      });
      await assertProjectedHistory(store, projector);
    } finally {
      await projector.stop();
    }
    if (whose !== 'diverged') return;
    const lost = await keepHistory(readModels, { kept: before, inForce: to.number, fork: fork.position }, Date.now());
    logger.error({ ...lost, fork: String(lost.fork) }, LOST);
  }

  async function dropLater(generation: number): Promise<void> {
    await pause(NOTICE_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    await readModels.dropGeneration(generation).catch((error: unknown) => {
      logger.warn({ err: error, generation }, 'the old generation is dropped by a later rebuild');
    });
  }

  function beginOnce(request: RebuildRequest, measuresOf: MeasuresOf): Promise<Begun> {
    begun ??= begin(request, measuresOf);
    rebuilding ??= begun
      .then(({ done }) => done)
      // The callers of `begin` receive the error.
      .catch(() => undefined)
      .finally(() => {
        begun = undefined;
        rebuilding = undefined;
      });
    return begun;
  }

  /**
   * Pauses while another process does the same rebuild; if it is killed, this process takes over.
   */
  async function pauseForOthers(): Promise<void> {
    await pause(options.renewMs ?? RENEW_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
  }

  async function fillAnew(): Promise<void> {
    for (let target = outdated(); target !== null; target = outdated()) {
      try {
        filling = true;
        const { done } = await beginOnce({ force: false }, measuresOfOutdated);
        logger.warn({ generation: target.generation }, FILLED_ANEW);
        return await done;
      } catch (error) {
        if (!(error instanceof Problem && error.code === 'under_way')) throw error;
      } finally {
        filling = false;
      }
      await pauseForOthers();
    }
  }

  async function fillDistrusted(): Promise<void> {
    const { generation, measures } = watch.inForce();
    const isStill = () =>
      watch.current()?.generation === generation && watch.distrusted() !== null && !stopping.signal.aborted;
    while (isStill()) {
      try {
        filling = true;
        const { done } = await beginOnce({ force: true }, async () =>
          isStill() ? encodeUnderNewRules(measures, options.clockKind) : null,
        );
        await done;
        if (isStill()) throw new Error(status.error ?? 'for no known reason');
        return;
      } catch (error) {
        if (!(error instanceof Problem && error.code === 'under_way')) throw error;
      } finally {
        filling = false;
      }
      await pauseForOthers();
    }
  }

  async function refillAgainAndAgain(): Promise<void> {
    while (watch.whose() !== 'ours' && !stopping.signal.aborted) {
      try {
        const { done } = await beginOnce({ force: false }, () => encodeInForce(options));
        await done;
      } catch (error) {
        const isElsewhere = error instanceof Problem && error.code === 'under_way';
        if (!isElsewhere) logger.error({ err: error }, 'the read model could not be filled from the log; trying again');
      }
      // The generation is in force by now, or another process fills it, or the loop tries again.
      await pause(LOOK_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
      await watch.look().catch(() => undefined);
    }
  }

  const newest: MeasuresOf = async () => encodeMeasures(policyV1, await options.definitions(), options.clockKind);
  /** Null if another process has just refilled it. */
  const measuresOfOutdated: MeasuresOf = async () => {
    const target = outdated();
    return target === null ? null : encodeUnderNewRules(target.measures, options.clockKind);
  };

  function outdated(): Target | null {
    const target = watch.current();
    return target !== null && isOutdated(target.measures, options.clockKind) && !stopping.signal.aborted
      ? target
      : null;
  }

  return {
    start: async (request = { force: false }) => {
      if (options.isTrying()) throw underWay('A trial', 'wait for its report, or cancel it (DELETE /v1/trial)');
      if (filling) throw underWay('The filling anew under new rules', 'wait until it is done (GET /v1/rebuild)');
      watch.inForce();
      await beginOnce(request, newest);
    },
    fillAnew,
    fillDistrusted,
    followLog: () => {
      following ??= refillAgainAndAgain().finally(() => {
        following = undefined;
      });
      return following;
    },
    status: () => status,
    finished: async () => rebuilding,
    isRunning: () => rebuilding !== undefined,
    stop: async () => {
      stopping.abort(new Error('the process was stopped while rebuilding; start the rebuild again'));
      await following;
      await rebuilding;
      await dropping;
    },
  };
}

/** Resolves to the encoded measures of the new generation; null if there is nothing to rebuild. */
type MeasuresOf = () => Promise<string | null>;

/** An object, because a promise of a promise would resolve only with the inner one. */
interface Begun {
  readonly done: Promise<void>;
}

/**
 * Drops generations that a killed process left behind: by a rebuild, a trial, or an unfinished
 * drop. Those in `abandoned` are dropped however lately they were written.
 */
async function dropAbandoned(readModels: ReadModels, logger: Logger, abandoned: readonly number[]): Promise<void> {
  for (const { number, isInForce, kept, createdAt } of await readModels.listGenerations()) {
    if (isInForce || kept !== null) continue;
    const usedAt = Math.max(createdAt, (await lastWrittenAt(readModels.clickhouse, number)) ?? 0);
    if (!abandoned.includes(number) && Date.now() - usedAt < ABANDONED_MS) continue;
    logger.info({ generation: number }, 'a generation that nobody fills any more is dropped');
    await readModels.dropGeneration(number);
  }
}
