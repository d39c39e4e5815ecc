import { setTimeout as pause } from 'node:timers/promises';
import type { RebuildStatus } from '@touchstone/api';
import type { EventStore } from '@touchstone/event-store';
import { formatInstant } from '@touchstone/journey';
import type { ReadModels } from '@touchstone/read-models';
import type { Logger, ReadinessCheck } from '@touchstone/runtime';
import type { Filling } from '../workers.ts';
import type { WithheldLists } from './withheld-lists.ts';

export interface MendingOptions {
  readonly store: EventStore;
  readonly readModels: ReadModels;
  readonly logger: Logger;
  readonly lists: WithheldLists;
  /** The generation in force and its projector. */
  readonly inForce: () => { readonly generation: number; readonly projector: Filling };
  /**
   * Fills a new generation without a comparison, and switches to it. Rejects with the reason if it
   * fails.
   */
  readonly fill: () => Promise<void>;
  readonly rebuild: () => RebuildStatus;
  /** For tests: ms between two fillings; default {@link FILL_AGAIN_MS}. */
  readonly againMs?: number | undefined;
}

/**
 * Rows are refilled automatically at most once in this time, ms. Rows that fail again sooner have a
 * cause that refilling does not mend.
 */
export const FILL_AGAIN_MS = 3_600_000;

/**
 * The start waits this long (ms) for the verification; after that it continues in the background.
 */
export const START_PATIENCE_MS = 5_000;
const REACH_MS = 1_000;
const ASK_AGAIN_MAX_MS = 10_000;

export interface Mending {
  /**
   * Verifies the rows in force. Resolves once the result is known, or after
   * {@link START_PATIENCE_MS}; lists stay withheld until the rows are verified.
   */
  hold(): Promise<void>;
  /**
   * Reports, for this reason, that the rows in force are wrong: lists are withheld and another
   * generation is filled. Every part that finds such a fault calls it.
   */
  distrust(reason: string): void;
  /** Another generation is in force, so the faults of the one before are over. */
  noteSwitched(): void;
  /** Whether the rows in force are trusted. */
  isTrusted(): boolean;
  readonly check: ReadinessCheck;
  /** Stops asking and filling. */
  stop(): void;
}

export const DAMAGED = 'read_model_damaged';

/**
 * Detects damage of the read model and has another generation filled from the log, at most once an
 * hour.
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: its steps share state: split it into a state record and functions over it when it changes next.
export function mending(options: MendingOptions): Mending {
  const { store, readModels, logger, lists, inForce } = options;
  let fault: string | undefined;
  let underWay: Promise<void> | undefined;
  let standsStill = false;
  let isStopped = false;

  const withhold = (detail: string) => lists.withhold({ code: DAMAGED, detail, progress: () => options.rebuild() });

  function release(): void {
    fault = undefined;
    standsStill = false;
    lists.release(DAMAGED);
  }

  function standStill(why: string): void {
    fault = why;
    standsStill = true;
    withhold(`${why} Single customers and journeys are answered; \`pnpm touchstone rebuild\` fills the lists anew.`);
    logger.error({ generation: inForce().generation }, `${why} Rebuild it once its cause is found.`);
  }

  async function fillAnew(reason: string): Promise<void> {
    const { generation } = inForce();
    fault = `does not hold: ${reason}`;
    withhold(`The read model does not hold what was written (${reason}). It is filled anew from the log, beside.`);
    try {
      const tooSoon = await whyNotAgain(readModels, generation, options.againMs);
      await readModels.distrust(generation, reason);
      if (tooSoon !== undefined) {
        return standStill(`The read model does not hold what was written (${reason}). ${tooSoon}`);
      }
      logger.error(
        { generation, reason },
        'the read model does not hold what was written and is filled anew from the log',
      );
      await options.fill();
    } catch (error) {
      standStill(`The read model does not hold (${reason}), and filling it anew failed: ${(error as Error).message}.`);
    }
  }

  function distrust(reason: string): void {
    if (standsStill || isStopped) return;
    underWay ??= fillAnew(reason).finally(() => {
      underWay = undefined;
    });
  }

  /**
   * Waits without a limit until the projector reaches the position, so that the rows of a killed
   * run are covered.
   */
  async function reach(position: bigint): Promise<void> {
    const { projector } = inForce();
    let isOver = false;
    void projector.stopped.then(() => {
      isOver = true;
    });
    while (!isOver && underWay === undefined && !(await projector.progress.reached(position, REACH_MS)));
  }

  async function holdNow(): Promise<void> {
    const { generation, projector } = inForce();
    // An empty generation over a log with customers must catch up first, or it would show nobody.
    if (projector.progress.position() === 0n) await reach(await store.head());
    let found = await projector.interlude(() => readModels.verify(generation));
    while (found.isWhole && found.heldFrom !== null && underWay === undefined) {
      const head = await store.head();
      if (found.heldFrom > head) {
        return distrust(`it shows rows of position ${found.heldFrom}, and the log ended at ${head}`);
      }
      await reach(found.heldFrom);
      found = await projector.interlude(() => readModels.verify(generation));
    }
    if (underWay !== undefined) return;
    if (found.isWhole) release();
    else distrust(found.faults.join('; '));
  }

  /** Retries until the verification gives an answer. */
  async function holdAtLast(): Promise<void> {
    for (let failures = 0; underWay === undefined && !isStopped; failures++) {
      try {
        return await holdNow();
      } catch (error) {
        if (isStopped) return;
        logger.warn({ err: error }, 'whether the read model holds what was written could not be asked; trying again');
        await pause(Math.min(ASK_AGAIN_MAX_MS, 200 * 2 ** failures), undefined, { ref: false });
      }
    }
  }

  async function hold(): Promise<void> {
    const distrusted = (await readModels.currentGeneration())?.distrusted ?? null;
    if (distrusted !== null) return distrust(distrusted);
    withhold('Whether the read model holds what was written is being checked. Ask again in a moment.');
    const holding = holdAtLast();
    await Promise.race([holding, pause(START_PATIENCE_MS, undefined, { ref: false })]);
  }

  readModels.clickhouse.onDamage((error) => distrust(error.message));
  return {
    hold,
    distrust,
    noteSwitched: release,
    isTrusted: () => fault === undefined,
    stop: () => {
      isStopped = true;
    },
    check: { name: 'read model is whole', isNeeded: false, run: () => fault },
  };
}

/** Why the rows of this generation may not be refilled again yet; undefined if they may be. */
export async function whyNotAgain(
  readModels: ReadModels,
  generation: number,
  againMs = FILL_AGAIN_MS,
): Promise<string | undefined> {
  const before = (await readModels.listDistrusts()).filter((one) => one.generation !== generation).at(-1);
  if (before === undefined || Date.now() - before.at >= againMs) return undefined;
  return `It was filled anew at ${formatInstant(before.at)} already because ${before.reason}: the disk, or whatever else writes there, is to be looked at.`;
}
