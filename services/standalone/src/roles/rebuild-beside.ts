import { setTimeout as pause } from 'node:timers/promises';
import type { EventStore } from '@touchstone/event-store';
import { type Definition, policyV1 } from '@touchstone/journey';
import { startProjector } from '@touchstone/projector';
import type { RebuildRequest } from '@touchstone/query';
import { lastWrittenAt, type ReadModels } from '@touchstone/read-models';
import type { Logger } from '@touchstone/runtime';
import { compareBeforeSwitch, refusal } from '../compare-before-switch.ts';
import { decodeMeasures, encodeMeasures } from '../measures-text.ts';
import { catchUp, NO_REBUILD, type ServedRebuild } from '../serving.ts';
import { underWay } from '../trial.ts';
import { type GenerationWatch, LOOK_MS } from './generation-watch.ts';

export interface RebuildBesideOptions {
  readonly store: EventStore;
  readonly readModels: ReadModels;
  readonly watch: GenerationWatch;
  readonly logger: Logger;
  /** The newest version of each definition. */
  readonly definitions: () => Promise<readonly Definition[]>;
  /** The product's now, ms; null in a log without times. */
  readonly now: () => Promise<number | null>;
  readonly isTrying: () => boolean;
}

/** After a switch others still ask and write the old generation for a look, and finish what they have begun. */
const NOTICE_MS = 10 * LOOK_MS;
/** Announcements of what was projected in silence are made by those who fill the old generation: they are waited for so long. */
const TELL_MS = 60_000;
/** A generation that does not serve and has not been written to for so long is nobody's. */
const ABANDONED_MS = 600_000;

export interface RebuildBeside extends ServedRebuild {
  isRunning(): boolean;
  stop(): Promise<void>;
}

/**
 * A rebuild where several processes project: this one fills the new generation alone, straight from the log; once it is switched to, the projectors
 * go on in it, each lane from there.
 */
export function rebuildBeside(options: RebuildBesideOptions): RebuildBeside {
  const { store, readModels, watch, logger } = options;
  const stopping = new AbortController();
  let status = NO_REBUILD;
  let rebuilding: Promise<void> | undefined;
  let dropping: Promise<void> = Promise.resolve();

  async function rebuild(request: RebuildRequest): Promise<void> {
    const before = watch.inForce();
    await dropAbandoned(readModels, logger);
    const measures = encodeMeasures(policyV1, await options.definitions());
    const { number: generation } = await readModels.createGeneration(measures);
    status = { ...NO_REBUILD, state: 'running', generation, startedAt: Date.now() };
    try {
      await fill(generation, before.generation, request);
      await readModels.switchTo(generation);
      await watch.look();
      status = { ...status, state: 'done', finishedAt: Date.now() };
      logger.info({ generation }, 'rebuilt; the new generation answers now');
    } catch (error) {
      status = { ...status, state: 'failed', finishedAt: Date.now(), error: (error as Error).message };
      logger.error({ err: error, generation }, 'the rebuild failed; the old generation goes on');
      await readModels.dropGeneration(generation);
      return;
    }
    dropping = dropLater(before.generation);
  }

  /** Fill it from the beginning of the log, in silence, to where those who fill the one in force have come. */
  async function fill(generation: number, beforeGeneration: number, { force }: RebuildRequest): Promise<void> {
    const measures = decodeMeasures(
      (await readModels.listGenerations()).find((one) => one.number === generation)!.measures,
    );
    const projector = await startProjector({
      store,
      readModels,
      generation,
      measures,
      logger,
      announce: async () => undefined,
      isAudible: () => false,
    });
    try {
      await catchUp(store, projector, (position, target) => {
        stopping.signal.throwIfAborted();
        status = { ...status, position, target };
      });
      const before = { ...watch.inForce(), projector: watch };
      if (before.generation !== beforeGeneration)
        throw new Error('another rebuild has switched meanwhile; start it again');
      const after = { generation, measures, projector };
      const comparison = await compareBeforeSwitch({ ...options, before, after, now: await options.now(), force });
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

  async function dropLater(generation: number): Promise<void> {
    await pause(NOTICE_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    await readModels.dropGeneration(generation).catch((error: unknown) => {
      logger.warn({ err: error, generation }, 'the old generation is dropped by a later rebuild');
    });
  }

  return {
    start: async (request = { force: false }) => {
      if (options.isTrying()) throw underWay('A trial', 'wait for its report, or cancel it (DELETE /v1/trial)');
      watch.inForce();
      rebuilding ??= rebuild(request)
        .catch((error: unknown) => {
          status = { ...NO_REBUILD, state: 'failed', finishedAt: Date.now(), error: (error as Error).message };
          logger.error({ err: error }, 'the rebuild failed before it began');
        })
        .finally(() => {
          rebuilding = undefined;
        });
      while (status.state !== 'running' && rebuilding !== undefined) await new Promise((next) => setImmediate(next));
    },
    status: () => status,
    finished: async () => rebuilding,
    isRunning: () => rebuilding !== undefined,
    stop: async () => {
      stopping.abort(new Error('the process was stopped while rebuilding; start the rebuild again'));
      await rebuilding;
      await dropping;
    },
  };
}

/** What a kill left of a rebuild or a trial, or of the dropping after a switch. */
async function dropAbandoned(readModels: ReadModels, logger: Logger): Promise<void> {
  for (const { number, isInForce, createdAt } of await readModels.listGenerations()) {
    if (isInForce) continue;
    const usedAt = Math.max(createdAt, (await lastWrittenAt(readModels.clickhouse, number)) ?? 0);
    if (Date.now() - usedAt < ABANDONED_MS) continue;
    logger.info({ generation: number }, 'a generation that nobody fills any more is dropped');
    await readModels.dropGeneration(number);
  }
}
