import { setTimeout as pause } from 'node:timers/promises';
import type { EventStore } from '@touchstone/event-store';
import { formatInstant } from '@touchstone/journey';
import type { Projector } from '@touchstone/projector';
import type { RebuildStatus } from '@touchstone/query';
import type { ReadModels } from '@touchstone/read-models';
import type { Logger, ReadinessCheck } from '@touchstone/runtime';
import type { WithheldLists } from './withheld-lists.ts';

export interface MendingOptions {
  readonly store: EventStore;
  readonly readModels: ReadModels;
  readonly logger: Logger;
  readonly lists: WithheldLists;
  /** The generation that answers, and who keeps it up to date. */
  readonly inForce: () => { readonly generation: number; readonly projector: Projector };
  /** Fill a new generation, compare it with nothing, and switch to it. Rejects with why it failed. */
  readonly fill: () => Promise<void>;
  readonly rebuild: () => RebuildStatus;
  /** For tests: between two fillings, if not {@link FILL_AGAIN_MS}. */
  readonly againMs?: number | undefined;
}

/** Rows are filled anew by themselves once in this time, ms; what does not hold again so soon has a cause that a filling does not mend. */
export const FILL_AGAIN_MS = 3_600_000;

/** How long the start waits for what may be over in a moment, ms; then it goes on in the background. */
export const START_PATIENCE_MS = 5_000;
const REACH_MS = 1_000;
const ASK_AGAIN_MAX_MS = 10_000;

export interface Mending {
  /** Hold what answers to its proof. Resolves once that is known, or takes longer than the start of a process may; nothing is shown before it is. */
  hold(): Promise<void>;
  /**
   * The rows of the generation in force are not what they should be, for this reason: nothing is shown of them, and another one is filled. To be told by
   * whoever finds it.
   */
  distrust(reason: string): void;
  /** Another generation answers: what was wrong with the one before is over. */
  noteSwitched(): void;
  /** Whether the generation in force is believed. */
  isTrusted(): boolean;
  readonly check: ReadinessCheck;
  /** Nothing more is asked or filled. */
  stop(): void;
}

export const DAMAGED = 'read_model_damaged';

/** Finds damage of the read model, and has it mended by filling another generation from the log, at most once an hour. */
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

  /** Waits, however long, until all rows of a killed run are those of this one. */
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
    // What holds nothing yet shows nobody of a log that holds somebody.
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

  /** However often it cannot be asked. */
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

/** Why rows are not filled once more in place of those of this generation; undefined where they may be. */
export async function whyNotAgain(
  readModels: ReadModels,
  generation: number,
  againMs = FILL_AGAIN_MS,
): Promise<string | undefined> {
  const before = (await readModels.listDistrusts()).filter((one) => one.generation !== generation).at(-1);
  if (before === undefined || Date.now() - before.at >= againMs) return undefined;
  return `It was filled anew at ${formatInstant(before.at)} already because ${before.reason}: the disk, or whatever else writes there, is to be looked at.`;
}
