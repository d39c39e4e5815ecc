import type { RebuildStatus } from '@touchstone/api';
import { decodeMeasures } from '@touchstone/journey';
import type { Generation } from '@touchstone/read-models';
import { compareBeforeSwitch, refusal } from '../comparison/compare-before-switch.ts';
import { tellBeforeSwitch } from '../definitions/measures-in-force.ts';
import { assertProjectedHistory, catchUp, takeOverLeft } from '../generations/catch-up.ts';
import { keepHistory, type LostHistory } from '../generations/kept-history.ts';
import { type Fork, findFork, type Whose } from '../generations/log-of-rows.ts';
import type { Next, Rows } from '../generations/rows.ts';
import type { Target } from '../generations/target.ts';
import type { OperationParts } from '../operation-parts.ts';
import type { HeldRebuild } from './claim.ts';

export interface RunOptions extends OperationParts {
  readonly rows: Rows;
}

export interface Run {
  readonly held: HeldRebuild;
  /** The new generation, empty. */
  readonly to: Generation;
  readonly before: Target;
  readonly force: boolean;
  readonly signal: AbortSignal;
  readonly note: (news: Partial<RebuildStatus>) => void;
}

/** Whether the new generation is in force, and whether the one before holds lost events. */
export interface Ended {
  readonly isSwitched: boolean;
  readonly isBeforeKept: boolean;
  readonly error?: Error;
}

/** The rows' log is another one than this process reads, so nothing was announced from it. */
const FROM_THE_BEGINNING: Fork = { position: 0n, toldUpTo: 0n };

/**
 * Fills the new generation from the beginning of the log in silence, compares it with the one in
 * force unless that is of another log or not trusted, and switches to it. Never rejects.
 */
export async function runRebuild(options: RunOptions, run: Run): Promise<Ended> {
  const whose = options.rows.whose();
  let isSwitched = false;
  let next: Next | undefined;
  let lost: LostHistory | undefined;
  try {
    const isCompared = whose === 'ours' && options.rows.isTrusted();
    const fork = await forkOf(options, run.before.generation, whose);
    next = await startNext(options, run, fork, isCompared);
    options.rows.onFilling(next, whose);
    await fill(options, run, next, whose);
    if (isCompared) await compare(options, run, next);
    await assertProjectedHistory(options.store, next.projector);
    if (whose === 'diverged') lost = await keepLost(options, run, fork!);
    await tellBeforeSwitch(options, next.measures);
    await options.rows.goOver(next, isCompared, async () => {
      await run.held.switchFrom(run.before.generation);
      isSwitched = true;
    });
    if (lost !== undefined) options.logger.error({ ...lost, fork: String(lost.fork) }, LOST);
    return { isSwitched, isBeforeKept: lost !== undefined };
  } catch (error) {
    // A failure after the switch leaves the new generation in force.
    if (!isSwitched) await next?.projector.stop();
    return { isSwitched, isBeforeKept: lost !== undefined, error: error as Error };
  }
}

/** Where the history of the rows and that of the log part; undefined while they are one. */
async function forkOf(options: RunOptions, generation: number, whose: Whose): Promise<Fork | undefined> {
  if (whose === 'ours') return undefined;
  return whose === 'diverged' ? findFork(options, generation) : FROM_THE_BEGINNING;
}

async function startNext(
  { rows, startFilling }: RunOptions,
  { to: { number: generation, measures: text } }: Run,
  fork: Fork | undefined,
  isCompared: boolean,
): Promise<Next> {
  const measures = decodeMeasures(text);
  let isAudible = false;
  // If the rows are damaged, their projectors may stand still and announce nothing.
  const toldBeyond = fork?.toldUpTo ?? (isCompared ? undefined : rows.inForce().projector.progress.position());
  const projector = await startFilling({
    generation,
    measures,
    isAudible: () => isAudible,
    toldBeyond,
    onDiverged: () => rows.onDiverged(generation),
  });
  return {
    generation,
    measures,
    projector,
    speak: () => {
      isAudible = true;
    },
  };
}

/** Resolves once the new generation holds what the log held a moment ago. */
async function fill(
  { store, rows, readModels, logger }: RunOptions,
  { before, signal, note }: Run,
  { generation, projector }: Next,
  whose: Whose,
): Promise<void> {
  await catchUp(store, projector, (position, target) => {
    signal.throwIfAborted();
    note({ position, target });
  });
  if (whose !== 'ours') return;
  if (rows.inForce().generation !== before.generation)
    throw new Error('another rebuild has switched meanwhile; start it again');
  await takeOverLeft(readModels, logger, before.generation, generation);
}

/** @throws Error with the faults and what to do, if the new generation is not known to be right. */
async function compare(options: RunOptions, { force, note }: Run, after: Next): Promise<void> {
  const now = await options.now();
  const comparison = await compareBeforeSwitch({ ...options, before: options.rows.inForce(), after, now, force });
  note({ comparison });
  if (comparison?.verdict === 'refused') throw new Error(refusal(comparison));
}

/** Keeps the generation before, which tells of events that the log has lost. */
function keepLost({ readModels }: RunOptions, { before, to }: Run, fork: Fork): Promise<LostHistory> {
  const parted = { kept: before.generation, inForce: to.number, fork: fork.position };
  return keepHistory(readModels, parted, Date.now());
}

export const LOST =
  'the log was put back from a backup and has lost events that the read model knew: pnpm touchstone lost names them, until it is told to forget them';
