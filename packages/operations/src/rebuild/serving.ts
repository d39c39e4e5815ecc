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
  type Measures,
  policyV1,
} from '@touchstone/journey';
import type { Generation, ReadModels } from '@touchstone/read-models';
import type { Logger } from '@touchstone/runtime';
import { compareBeforeSwitch, refusal } from '../comparison/compare-before-switch.ts';
import { encodeInForce, tellBeforeSwitch } from '../definitions/measures-in-force.ts';
import { isSameInForce, measuresLedger } from '../definitions/measures-ledger.ts';
import { assertProjectedHistory, catchUp, takeOverLeft } from '../generations/catch-up.ts';
import { whoseRows } from '../generations/log-of-rows.ts';
import { type Mending, mending, START_PATIENCE_MS } from '../generations/mending.ts';
import type { ShownRows } from '../generations/shown-rows.ts';
import { type WithheldLists, withheldLists } from '../generations/withheld-lists.ts';
import { createTrials, type ServedTrial, underWay } from '../trial/trial.ts';
import type { DeadlineClock, Filling, StartFilling, StartTrialClock } from '../workers.ts';
import { NO_REBUILD, type Rebuild, type RebuildRequest } from './rebuild.ts';
import { refillFromLog, type Telling } from './refill.ts';

/** The generation in force, its measures and its projector. */
interface InForce {
  readonly generation: number;
  readonly measures: Measures;
  readonly projector: Filling;
}

export interface ServedRebuild extends Rebuild {
  /** Resolves when no rebuild runs; the status tells whether it succeeded. */
  finished(): Promise<void>;
}

export interface Serving {
  inForce(): InForce;
  readonly rebuild: ServedRebuild;
  readonly trial: ServedTrial;
  /** Whether rows may be shown. */
  readonly lists: WithheldLists;
  readonly mending: Pick<Mending, 'check' | 'distrust' | 'isTrusted'>;
  /** For the parts that meet damaged events. */
  readonly rows: ShownRows;
  /**
   * Resolves once it is known whether the log is still the one of the rows; if not, they are
   * withheld. Rejects if the log cannot be asked.
   */
  assureLog(): Promise<void>;
  stop(): Promise<void>;
}

export interface ServingOptions {
  readonly store: EventStore;
  readonly readModels: ReadModels;
  readonly logger: Logger;
  /** The newest version of each definition. */
  readonly definitions: () => Promise<readonly Definition[]>;
  /** A function, because the clock is started after the serving that it watches. */
  readonly clock: () => DeadlineClock | undefined;
  readonly startFilling: StartFilling;
  readonly startTrialClock: StartTrialClock;
  /** Where single customers are folded. */
  readonly folds?: CustomerFolds | undefined;
  /** The product's now, ms; null in a log without times. */
  readonly now: () => Promise<number | null>;
  readonly clockKind: ClockKind;
  /** For tests: see {@link MendingOptions.againMs}. */
  readonly fillAgainMs?: number | undefined;
}

/**
 * Opens the generation in force, or creates the first one, and keeps it up to date; rebuilds and
 * switches on demand.
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: its steps share state: split it into a state record and functions over it when it changes next.
export async function startServing(options: ServingOptions): Promise<Serving> {
  const { readModels, logger } = options;
  const lists = withheldLists();
  let inForce!: InForce;
  let status = NO_REBUILD;
  let rebuilding: Promise<void> | undefined;
  let fillingAnew = false;
  let isStopped = false;
  const refill = refillFromLog<InForce>({
    ...options,
    lists,
    createNew: async () => createGeneration(options, await encodeInForce(options)),
    fill: (generation, telling) => startInForce(options, generation, onDiverged, telling),
    serve: (next) => {
      void inForce?.projector.stop();
      inForce = next;
      mends.noteSwitched();
    },
    alone: async () => {
      if (trial.isRunning()) await trial.cancel();
      await rebuilding;
    },
  });
  /** Only for the generation in force; the filling of another fails by itself. */
  function onDiverged(generation: number): void {
    if (generation === inForce?.generation && !isStopped && !refill.isRunning()) void refill.begin();
  }
  /**
   * Rebuilds with the newest definitions, or with the given measures. `isTrusted`: whether the rows
   * in force are trusted, and so compared.
   */
  async function rebuild({ force }: RebuildRequest, measures?: string, isTrusted = true): Promise<void> {
    status = { ...NO_REBUILD, startedAt: Date.now() };
    let isAudible = false;
    let next: InForce | undefined;
    try {
      const generation = await createGeneration(options, measures);
      status = { ...status, state: 'running', generation: generation.number };
      next = await startInForce(options, generation, onDiverged, {
        isAudible: () => isAudible,
        // If the rows are damaged, their projector may stand still and announce nothing.
        ...(!isTrusted && { toldBeyond: inForce.projector.progress.position() }),
      });
      await catchUp(options.store, next.projector, (position, target) => {
        if (isStopped) throw new Error('the process was stopped while rebuilding; start the rebuild again');
        status = { ...status, position, target };
      });
      const before = inForce;
      await takeOverLeft(readModels, logger, before.generation, generation.number);
      if (isTrusted) {
        const now = await options.now();
        const comparison = await compareBeforeSwitch({ ...options, before, after: next, now, force });
        status = { ...status, comparison };
        if (comparison?.verdict === 'refused') throw new Error(refusal(comparison));
      }
      await assertProjectedHistory(options.store, next.projector);
      await tellBeforeSwitch(options, next.measures);
      await readModels.switchTo(generation.number);
      inForce = next;
      isAudible = true;
      mends.noteSwitched();
      options.clock()?.lookAgain();
      // The old generation's projector announces what the new one projected in silence, before it
      // stops.
      if (isTrusted) await before.projector.progress.reached(next.projector.progress.position(), 60_000);
      await before.projector.stop();
      await dropOrLeave(before.generation);
      status = { ...status, state: 'done', finishedAt: Date.now() };
      logger.info({ generation: generation.number }, 'rebuilt; the new generation answers now');
    } catch (error) {
      // A failure after the switch leaves the new generation in force; only a generation that is
      // not in force is dropped.
      if (inForce !== next) {
        await next?.projector.stop();
        if (status.generation !== null) await dropOrLeave(status.generation);
      }
      status = { ...status, state: 'failed', finishedAt: Date.now(), error: (error as Error).message };
      logger.error({ err: error, generation: status.generation }, 'the rebuild failed; the old generation goes on');
    }
  }

  /**
   * Dropping damaged tables may fail too; then a later start drops them, or they go with their
   * folder.
   */
  async function dropOrLeave(generation: number): Promise<void> {
    await readModels.dropGeneration(generation).catch((error: unknown) => {
      logger.warn({ err: error, generation }, 'a generation could not be dropped; the next start does it');
    });
  }

  function begin(request: RebuildRequest, measures?: string, isTrusted = true): void {
    rebuilding = rebuild(request, measures, isTrusted).finally(() => {
      rebuilding = undefined;
      fillingAnew = false;
      if (inForce.projector.hasDiverged()) onDiverged(inForce.generation);
    });
  }

  /** Waits for the filling under way, because its switch may already remove the fault. */
  async function fillDistrusted(): Promise<void> {
    const { generation } = inForce;
    await refill.finished();
    if (trial.isRunning()) await trial.cancel();
    await rebuilding;
    if (isStopped || inForce.generation !== generation) return;
    fillingAnew = true;
    begin({ force: true }, encodeUnderNewRules(inForce.measures, options.clockKind), false);
    await rebuilding;
    if (status.state === 'failed') throw new Error(status.error ?? 'for no known reason');
  }

  const mends = mending({
    store: options.store,
    readModels,
    logger,
    lists,
    inForce: () => inForce,
    fill: fillDistrusted,
    rebuild: () => status,
    againMs: options.fillAgainMs,
  });

  const trial = createTrials({
    ...options,
    inForce: () => inForce,
    isRebuilding: () => rebuilding !== undefined || refill.isRunning() || !mends.isTrusted(),
  });
  const toServe = await generationToServe(options);
  if (toServe.isOfAnotherLog) {
    await refill.begin();
    await Promise.race([refill.finished(), pause(START_PATIENCE_MS, undefined, { ref: false })]);
  } else {
    inForce = await startInForce(options, toServe.generation, onDiverged);
    await mends.hold();
  }
  const told = await measuresLedger(options.store).inForce();
  const isBusy = () => rebuilding !== undefined || refill.isRunning();
  if (!isBusy() && told !== null && !isSameInForce(told, inForce.measures)) {
    logger.warn({ generation: inForce.generation }, TOLD_OTHERWISE);
    begin({ force: false }, encodeMeasures(told.policy, told.definitions.values(), options.clockKind));
  } else if (!isBusy() && isOutdated(inForce.measures, options.clockKind)) {
    logger.warn({ generation: inForce.generation }, FILLED_ANEW);
    fillingAnew = true;
    begin({ force: false }, encodeUnderNewRules(inForce.measures, options.clockKind));
  }
  return {
    inForce: () => inForce,
    trial,
    lists,
    mending: mends,
    rows: {
      isCounted(position) {
        const { progress, parked } = inForce.projector;
        return position <= progress.position() && !parked.has(position);
      },
      distrust: mends.distrust,
    },
    assureLog: async () => {
      const { generation, projector } = inForce;
      const history = projector.history();
      if (history !== undefined && !(await options.store.holds(history))) onDiverged(generation);
    },
    rebuild: {
      start: async (request = { force: false }) => {
        if (trial.isRunning()) throw underWay('A trial', 'wait for its report, or cancel it (DELETE /v1/trial)');
        if (fillingAnew) throw underWay('The filling anew under new rules', 'wait until it is done (GET /v1/rebuild)');
        if (refill.isRunning())
          throw underWay('The filling anew from a log that was put back', 'wait until it is done (GET /v1/overview)');
        if (rebuilding === undefined) begin(request, undefined, mends.isTrusted());
        while (status.state !== 'running' && rebuilding !== undefined) await new Promise((next) => setImmediate(next));
      },
      status: () => status,
      finished: async () => rebuilding,
    },
    stop: async () => {
      isStopped = true;
      mends.stop();
      if (trial.isRunning()) await trial.cancel();
      await rebuilding;
      await refill.stop();
      await inForce.projector.stop();
    },
  };
}

const TOLD_OTHERWISE =
  'the log says that other definitions are in force than the read model is measured with, because a rebuild was cut short: it is repeated';

interface ToServe {
  readonly generation: Generation;
  /** Whether its rows tell of events that the log does not hold: see {@link refillFromLog}. */
  readonly isOfAnotherLog: boolean;
}

/** The generation in force, or a new one if the folder is new or nothing was stored yet. */
async function generationToServe(options: ServingOptions): Promise<ToServe> {
  const { readModels, store } = options;
  await dropUnfinished(options);
  const current = await readModels.currentGeneration();
  if (current !== null && (await whoseRows(options, current)) !== 'ours') {
    return { generation: current, isOfAnotherLog: true };
  }
  // History keeps its measures; an empty log has no history.
  const isUsed = (await store.greatestTime()) !== null;
  if (current !== null && isUsed) return { generation: current, isOfAnotherLog: false };
  const generation = await createGeneration(options, isUsed ? await encodeInForce(options) : undefined);
  await readModels.switchTo(generation.number);
  if (current !== null) await readModels.dropGeneration(current.number);
  return { generation, isOfAnotherLog: false };
}

/**
 * A rebuild that was killed starts again instead of resuming, because its definitions may have
 * changed since.
 */
async function dropUnfinished({ readModels, logger }: ServingOptions): Promise<void> {
  for (const { number, isInForce, kept } of await readModels.listGenerations()) {
    if (isInForce || kept !== null) continue;
    await readModels.dropGeneration(number).catch((error: unknown) => {
      logger.warn({ err: error, generation: number }, 'a generation that nobody fills could not be dropped');
    });
  }
}

async function createGeneration(options: ServingOptions, measures?: string): Promise<Generation> {
  const { readModels, store, definitions, clockKind } = options;
  const recorded = measures ?? encodeMeasures(policyV1, await definitions(), clockKind);
  return readModels.createGeneration(recorded, await store.identity());
}

async function startInForce(
  options: ServingOptions,
  generation: Generation,
  onDiverged: (generation: number) => void,
  telling?: Telling,
): Promise<InForce> {
  const measures = decodeMeasures(generation.measures);
  const projector = await options.startFilling({
    generation: generation.number,
    measures,
    onDiverged: () => onDiverged(generation.number),
    ...telling,
  });
  return { generation: generation.number, measures, projector };
}
