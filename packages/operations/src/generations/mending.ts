import { setTimeout as pause } from 'node:timers/promises';
import type { RebuildStatus } from '@touchstone/api';
import { backoffMs } from '@touchstone/async';
import type { EventStore } from '@touchstone/event-store';
import { formatInstant } from '@touchstone/journey';
import type { ReadModels } from '@touchstone/read-models';
import type { Logger, ReadinessCheck } from '@touchstone/runtime';
import type { Filling } from '../workers.ts';
import type { Reason, WithheldLists } from './withheld-lists.ts';

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
const ASK_AGAIN = { firstMs: 200, longestMs: 10_000 };

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
export function mending(options: MendingOptions): Mending {
  const state: State = { options, fault: undefined, underWay: undefined, standsStill: false, isStopped: false };
  options.readModels.clickhouse.onDamage((error) => distrust(state, error.message));
  return {
    hold: () => hold(state),
    distrust: (reason) => distrust(state, reason),
    noteSwitched: () => release(state),
    isTrusted: () => state.fault === undefined,
    stop: () => {
      state.isStopped = true;
    },
    check: { name: 'read model is whole', isNeeded: false, run: () => state.fault },
  };
}

interface State {
  readonly options: MendingOptions;
  /** Why the rows in force are not trusted; undefined while they are. */
  fault: string | undefined;
  /** The filling of another generation. */
  underWay: Promise<void> | undefined;
  /** Filling anew did not help, so only an operator can. */
  standsStill: boolean;
  isStopped: boolean;
}

function withhold({ options }: State, detail: string, progress: Reason['progress'] = () => options.rebuild()): void {
  options.lists.withhold({ code: DAMAGED, detail, progress });
}

function release(state: State): void {
  state.fault = undefined;
  state.standsStill = false;
  state.options.lists.release(DAMAGED);
}

function standStill(state: State, why: string): void {
  const { logger, inForce } = state.options;
  state.fault = why;
  state.standsStill = true;
  withhold(
    state,
    `${why} Single customers and journeys are answered; \`pnpm touchstone rebuild\` fills the lists anew.`,
  );
  logger.error({ generation: inForce().generation }, `${why} Rebuild it once its cause is found.`);
}

async function fillAnew(state: State, reason: string): Promise<void> {
  const { readModels, logger, inForce, fill, againMs } = state.options;
  const { generation } = inForce();
  state.fault = `does not hold: ${reason}`;
  withhold(state, `The read model does not hold what was written (${reason}). It is filled anew from the log, beside.`);
  try {
    const tooSoon = await whyNotAgain(readModels, generation, againMs);
    await readModels.distrust(generation, reason);
    if (tooSoon !== undefined) {
      return standStill(state, `The read model does not hold what was written (${reason}). ${tooSoon}`);
    }
    logger.error(
      { generation, reason },
      'the read model does not hold what was written and is filled anew from the log',
    );
    await fill();
  } catch (error) {
    const why = `The read model does not hold (${reason}), and filling it anew failed: ${(error as Error).message}.`;
    standStill(state, why);
  }
}

function distrust(state: State, reason: string): void {
  if (state.standsStill || state.isStopped) return;
  state.underWay ??= fillAnew(state, reason).finally(() => {
    state.underWay = undefined;
  });
}

/**
 * Waits without a limit until the projector reaches the position, so that the rows of a killed run
 * are covered.
 */
async function reach(state: State, position: bigint): Promise<void> {
  const { projector } = state.options.inForce();
  let isOver = false;
  void projector.stopped.then(() => {
    isOver = true;
  });
  while (!isOver && state.underWay === undefined && !(await projector.progress.reached(position, REACH_MS)));
}

async function holdNow(state: State): Promise<void> {
  const { inForce, readModels, store } = state.options;
  const { generation, projector } = inForce();
  // An empty generation over a log with customers must catch up first, or it would show nobody.
  if (projector.progress.position() === 0n) {
    const head = await store.head();
    const progress = () => ({ position: projector.progress.position(), target: head });
    if (head > 0n)
      withhold(state, 'The read model is empty, and is being filled from the log. Ask again in a moment.', progress);
    await reach(state, head);
  }
  let found = await projector.interlude(() => readModels.verify(generation));
  while (found.isWhole && found.heldFrom !== null && state.underWay === undefined) {
    const head = await store.head();
    if (found.heldFrom > head) {
      return distrust(state, `it shows rows of position ${found.heldFrom}, and the log ended at ${head}`);
    }
    await reach(state, found.heldFrom);
    found = await projector.interlude(() => readModels.verify(generation));
  }
  if (state.underWay !== undefined) return;
  if (found.isWhole) release(state);
  else distrust(state, found.faults.join('; '));
}

/** Retries until the verification gives an answer. */
async function holdAtLast(state: State): Promise<void> {
  for (let failures = 0; state.underWay === undefined && !state.isStopped; failures++) {
    try {
      return await holdNow(state);
    } catch (error) {
      if (state.isStopped) return;
      const { logger } = state.options;
      logger.warn({ err: error }, 'whether the read model holds what was written could not be asked; trying again');
      await pause(backoffMs(failures, ASK_AGAIN), undefined, { ref: false });
    }
  }
}

async function hold(state: State): Promise<void> {
  const distrusted = (await state.options.readModels.currentGeneration())?.distrusted ?? null;
  if (distrusted !== null) return distrust(state, distrusted);
  withhold(state, 'Whether the read model holds what was written is being checked. Ask again in a moment.');
  const holding = holdAtLast(state);
  await Promise.race([holding, pause(START_PATIENCE_MS, undefined, { ref: false })]);
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
