import { setTimeout as pause } from 'node:timers/promises';
import type { EventStore } from '@touchstone/event-store';
import type { Generation, ReadModels } from '@touchstone/read-models';
import type { Logger } from '@touchstone/runtime';
import { catchUp } from '../generations/catch-up.ts';
import { keepHistory } from '../generations/kept-history.ts';
import { findFork, whoseRows } from '../generations/log-of-rows.ts';
import type { WithheldLists } from '../generations/withheld-lists.ts';
import type { DeadlineClock, Filling } from '../workers.ts';

/** Controls which events are announced while a generation is filled that is not in force yet. */
export interface Telling {
  readonly isAudible: () => boolean;
  /** Events beyond this position are announced all the same. */
  readonly toldBeyond?: bigint;
}

interface Filled {
  readonly generation: number;
  readonly projector: Filling;
}

export interface RefillOptions<Next extends Filled> {
  readonly store: EventStore;
  readonly readModels: ReadModels;
  readonly logger: Logger;
  readonly lists: WithheldLists;
  readonly clock: () => DeadlineClock | undefined;
  /** Creates an empty generation with the measures that the log has in force. */
  readonly createNew: () => Promise<Generation>;
  /** Starts or resumes filling it. */
  readonly fill: (generation: Generation, telling?: Telling) => Promise<Next>;
  /** From now on this process serves from it; its lists stay withheld until they are released. */
  readonly serve: (next: Next) => void;
  /** Resolves when no other task fills or drops generations. */
  readonly alone: () => Promise<void>;
}

export interface Refill {
  /**
   * Resolves once a generation of this history is being filled; lists stay withheld until it is
   * complete.
   */
  begin(): Promise<void>;
  isRunning(): boolean;
  /** Resolves when the refill has ended. */
  finished(): Promise<void>;
  stop(): Promise<void>;
}

export const OTHER_LOG = 'read_model_of_another_log';
const AGAIN_MS = 1_000;

/**
 * Fills a new generation, without a comparison, when the log is not the one of the rows: it was
 * restored from a backup, or is another log whose rows are to be adopted. Events beyond the fork
 * are announced, and the old generation is kept if it holds events that the log has lost.
 */
export function refillFromLog<Next extends Filled>(options: RefillOptions<Next>): Refill {
  const { store, readModels, logger, lists } = options;
  let reached: { readonly position: bigint | null; readonly target: bigint | null } = { position: null, target: null };
  let running: Promise<void> | undefined;
  let isStopped = false;
  const assertGoing = () => {
    if (isStopped)
      throw new Error('the process was stopped while the read model was filled; the next start begins anew');
  };

  /** Resolves once a generation is being filled, to a promise that resolves when it is complete. */
  async function fillOnce(): Promise<{ readonly whole: Promise<void> }> {
    await options.alone();
    for (const { isInForce, kept, number } of await readModels.listGenerations()) {
      if (!isInForce && kept === null) await readModels.dropGeneration(number);
    }
    const old = (await readModels.currentGeneration())!;
    const whose = await whoseRows(options, old);
    if (whose === 'ours') {
      // The log that the rows come from is there again.
      options.serve(await options.fill(old));
      return { whole: Promise.resolve() };
    }
    const fork = whose === 'diverged' ? await findFork(options, old.number) : { position: 0n, toldUpTo: 0n };
    const generation = await options.createNew();
    let isAudible = false;
    const next = await options.fill(generation, { isAudible: () => isAudible, toldBeyond: fork.toldUpTo });
    options.serve(next);
    const switchOver = async () => {
      await catchUp(store, next.projector, (position, target) => {
        assertGoing();
        reached = { position, target };
      });
      const parted = { kept: old.number, inForce: generation.number, fork: fork.position };
      const lost = whose === 'diverged' ? await keepHistory(readModels, parted, Date.now()) : undefined;
      await readModels.switchTo(generation.number);
      isAudible = true;
      if (lost === undefined) await readModels.dropGeneration(old.number);
      else logger.error({ ...lost, fork: String(lost.fork) }, LOST);
    };
    return { whole: switchOver() };
  }

  async function fillUntilWhole(onBegun: () => void): Promise<void> {
    while (!isStopped) {
      try {
        const { whole } = await fillOnce();
        onBegun();
        await whole;
        lists.release(OTHER_LOG);
        options.clock()?.lookAgain();
        logger.info('the read model is of this log now, and answers');
        return;
      } catch (error) {
        if (isStopped) return;
        logger.error({ err: error }, 'the read model could not be filled from the log; trying again');
        await pause(AGAIN_MS);
      }
    }
  }

  return {
    begin: () => {
      reached = { position: null, target: null };
      lists.withhold({ code: OTHER_LOG, detail: DETAIL, progress: () => reached });
      return new Promise((resolve) => {
        if (running !== undefined) return resolve();
        running = fillUntilWhole(resolve).finally(() => {
          running = undefined;
          resolve();
        });
      });
    },
    isRunning: () => running !== undefined,
    finished: async () => running,
    stop: async () => {
      isStopped = true;
      await running;
    },
  };
}

export const DETAIL =
  'The log was put back from a backup, or is another: the read model tells of events that it does not hold, and is filled anew. ' +
  'Ask again in a moment; publishing goes on, and single customers and journeys are answered meanwhile.';
export const LOST =
  'the log was put back from a backup and has lost events that the read model knew: pnpm touchstone lost names them, until it is told to forget them';
