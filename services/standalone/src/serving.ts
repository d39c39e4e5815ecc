import { setTimeout as pause } from 'node:timers/promises';
import { announceTo, type Clock } from '@touchstone/clock';
import type { CustomerFolds } from '@touchstone/customer-folds';
import type { EventStore } from '@touchstone/event-store';
import { type Definition, type Measures, policyV1 } from '@touchstone/journey';
import { type Projector, type StartFolder, startProjector } from '@touchstone/projector';
import { NO_REBUILD, type Rebuild, type RebuildRequest } from '@touchstone/query';
import type { Generation, ReadModels } from '@touchstone/read-models';
import type { Logger } from '@touchstone/runtime';
import { compareBeforeSwitch, refusal } from './compare-before-switch.ts';
import {
  type ClockKind,
  decodeMeasures,
  encodeMeasures,
  encodeUnderNewRules,
  FILLED_ANEW,
  isOutdated,
} from './measures-text.ts';
import { createTrials, type ServedTrial, underWay } from './trial.ts';
import { type WithheldLists, withheldLists } from './withheld-lists.ts';

/** The generation that answers, what it is measured with, and who keeps it up to date. */
interface InForce {
  readonly generation: number;
  readonly measures: Measures;
  readonly projector: Projector;
}

export interface ServedRebuild extends Rebuild {
  /** Resolves when no rebuild runs; whether it succeeded is in the status. */
  finished(): Promise<void>;
}

export interface Serving {
  inForce(): InForce;
  readonly rebuild: ServedRebuild;
  readonly trial: ServedTrial;
  /** Whether rows may be shown. */
  readonly lists: WithheldLists;
  stop(): Promise<void>;
}

export interface ServingOptions {
  readonly store: EventStore;
  readonly readModels: ReadModels;
  readonly logger: Logger;
  /** The newest version of each definition. */
  readonly definitions: () => Promise<readonly Definition[]>;
  /** The clock is started after the serving it watches. */
  readonly clock: () => Clock | undefined;
  /** Where events are folded, and single customers. */
  readonly startFolder?: StartFolder | undefined;
  readonly folds?: CustomerFolds | undefined;
  /** The product's now, ms; null in a log without times. */
  readonly now: () => Promise<number | null>;
  readonly clockKind: ClockKind;
}

/** Open the generation in force, or the first one, and keep it up to date; rebuild beside it and switch on demand. */
export async function startServing(options: ServingOptions): Promise<Serving> {
  const { readModels, logger } = options;
  const lists = withheldLists();
  const toServe = await generationToServe(options);
  let inForce = await startInForce(options, toServe.generation);
  if (toServe.isEmpty) await withholdUntilFilled(options, inForce.projector, lists);
  let status = NO_REBUILD;
  let rebuilding: Promise<void> | undefined;
  let fillingAnew = false;
  let isStopped = false;

  /** With the newest definitions, or with what is given. */
  async function rebuild({ force }: RebuildRequest, measures?: string): Promise<void> {
    const generation = await createGeneration(options, measures);
    status = { ...NO_REBUILD, state: 'running', generation: generation.number, startedAt: Date.now() };
    let isAudible = false;
    const next = await startInForce(options, generation, {
      isAudible: () => isAudible,
    });
    try {
      await catchUp(options.store, next.projector, (position, target) => {
        if (isStopped) throw new Error('the process was stopped while rebuilding; start the rebuild again');
        status = { ...status, position, target };
      });
      const before = inForce;
      const comparison = await compareBeforeSwitch({
        ...options,
        before,
        after: next,
        now: await options.now(),
        force,
      });
      status = { ...status, comparison };
      if (comparison?.verdict === 'refused') throw new Error(refusal(comparison));
      await readModels.switchTo(generation.number);
      inForce = next;
      isAudible = true;
      options.clock()?.lookAgain();
      // What the new one projected in silence, the old one announces before it goes.
      await before.projector.progress.reached(next.projector.progress.position(), 60_000);
      await before.projector.stop();
      await readModels.dropGeneration(before.generation);
      status = { ...status, state: 'done', finishedAt: Date.now() };
      logger.info({ generation: generation.number }, 'rebuilt; the new generation answers now');
    } catch (error) {
      // What fails after the switch leaves the new one serving: only what does not serve is taken away.
      if (inForce !== next) {
        await next.projector.stop();
        await readModels.dropGeneration(generation.number);
      }
      status = { ...status, state: 'failed', finishedAt: Date.now(), error: (error as Error).message };
      logger.error({ err: error, generation: generation.number }, 'the rebuild failed; the old generation goes on');
    }
  }

  function begin(request: RebuildRequest, measures?: string): void {
    rebuilding = rebuild(request, measures).finally(() => {
      rebuilding = undefined;
      fillingAnew = false;
    });
  }

  const trial = createTrials({ ...options, inForce: () => inForce, isRebuilding: () => rebuilding !== undefined });
  if (isOutdated(inForce.measures, options.clockKind)) {
    logger.warn({ generation: inForce.generation }, FILLED_ANEW);
    fillingAnew = true;
    begin({ force: false }, encodeUnderNewRules(inForce.measures, options.clockKind));
  }
  return {
    inForce: () => inForce,
    trial,
    lists,
    rebuild: {
      start: async (request = { force: false }) => {
        if (trial.isRunning()) throw underWay('A trial', 'wait for its report, or cancel it (DELETE /v1/trial)');
        if (fillingAnew) throw underWay('The filling anew under new rules', 'wait until it is done (GET /v1/rebuild)');
        if (rebuilding === undefined) begin(request);
        while (status.state !== 'running' && rebuilding !== undefined) await new Promise((next) => setImmediate(next));
      },
      status: () => status,
      finished: async () => rebuilding,
    },
    stop: async () => {
      isStopped = true;
      if (trial.isRunning()) await trial.cancel();
      await rebuilding;
      await inForce.projector.stop();
    },
  };
}

interface ToServe {
  readonly generation: Generation;
  /** Nothing of a log that holds something is in it yet. */
  readonly isEmpty: boolean;
}

/** The generation in force; a new one on a new folder, or where nothing was stored yet, or where rows were lost. */
async function generationToServe(options: ServingOptions): Promise<ToServe> {
  const { readModels, store, logger } = options;
  await dropUnfinished(readModels);
  const current = await readModels.currentGeneration();
  const isUsed = (await store.greatestTime()) !== null;
  let measures: string | undefined;
  if (current !== null) {
    const { isWhole, faults } = await readModels.verify(current.number);
    if (isWhole && isUsed) return { generation: current, isEmpty: false };
    if (!isWhole) logger.warn({ faults }, 'the read model has lost rows and is built anew from the log');
    // History keeps what it was measured with; an empty log has no history.
    if (isUsed) measures = encodeUnderNewRules(decodeMeasures(current.measures), options.clockKind);
  }
  const generation = await createGeneration(options, measures);
  await readModels.switchTo(generation.number);
  if (current !== null) await readModels.dropGeneration(current.number);
  return { generation, isEmpty: isUsed };
}

/** How long the start waits for what may be over in a moment, ms; then it goes on in the background. */
const START_PATIENCE_MS = 5_000;

/** Lists show the log or nothing: an empty generation is none of its customers. */
async function withholdUntilFilled(
  { store, logger }: ServingOptions,
  { progress, stopped }: Projector,
  lists: WithheldLists,
): Promise<void> {
  const target = await store.head();
  lists.withhold({
    code: 'read_model_damaged',
    detail:
      'The read model is filled from the log for the first time. Ask again in a moment; single customers and journeys are answered meanwhile.',
    progress: () => ({ position: progress.position(), target }),
  });
  const filling = (async () => {
    let isOver = false;
    void stopped.then(() => (isOver = true));
    while (!isOver && !(await progress.reached(target, 1_000)));
    lists.release('read_model_damaged');
  })();
  filling.catch((error: unknown) => logger.error({ err: error }, 'whether the read model is filled is not known'));
  await Promise.race([filling, pause(START_PATIENCE_MS, undefined, { ref: false })]);
}

/** A rebuild that a kill cut short is begun anew, not resumed: its definitions may have changed since. */
async function dropUnfinished(readModels: ReadModels): Promise<void> {
  for (const generation of await readModels.listGenerations()) {
    if (!generation.isInForce) await readModels.dropGeneration(generation.number);
  }
}

async function createGeneration(options: ServingOptions, measures?: string): Promise<Generation> {
  const { readModels, definitions, clockKind } = options;
  return readModels.createGeneration(measures ?? encodeMeasures(policyV1, await definitions(), clockKind));
}

async function startInForce(
  options: ServingOptions,
  generation: Generation,
  rebuilding?: { readonly isAudible: () => boolean },
): Promise<InForce> {
  const { store, readModels, logger, clock, startFolder } = options;
  const measures = decodeMeasures(generation.measures);
  const projector = await startProjector({
    store,
    readModels,
    generation: generation.number,
    measures,
    logger,
    announce: async (announcements) => void (await announceTo(store, announcements, false)),
    onWritten: (batch) => clock()?.noteWritten(batch),
    startFolder,
    ...rebuilding,
  });
  return { generation: generation.number, measures, projector };
}

/** Resolves once the projector has everything that was in the log a moment ago. */
export async function catchUp(
  store: EventStore,
  projector: Projector,
  onProgress: (position: bigint, target: bigint) => void,
): Promise<void> {
  for (;;) {
    const target = await store.head();
    if (await projector.progress.reached(target, 200)) {
      onProgress(target, target);
      return;
    }
    onProgress(projector.progress.position(), target);
  }
}
