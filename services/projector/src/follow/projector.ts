import { setTimeout as pause } from 'node:timers/promises';
import { backoffMs } from '@touchstone/async';
import { type EventStore, EventStoreError, proofOf, type StoredEvent, withTurns } from '@touchstone/event-store';
import type { MeasurementRules } from '@touchstone/journey';
import {
  type CustomerAnnouncement,
  type FaultSearch,
  type Folded,
  foldInProcess,
  partsAtCuts,
  type Range,
  RangeFault,
  type StartFold,
  searchForFault,
} from '@touchstone/projection';
import type { ReadModels } from '@touchstone/read-models';
import type { Logger } from '@touchstone/runtime';
import { PACE_MS } from './pace.ts';
import { createProgress, type Progress } from './progress.ts';
import { type ResumePoint, resumePoint } from './resume-point.ts';
import { openWriting } from './writing.ts';

export type Announce = (announcements: readonly CustomerAnnouncement[]) => Promise<void>;

export interface ProjectorOptions {
  readonly store: Pick<EventStore, 'subscribe' | 'streamPages'>;
  readonly readModels: ReadModels;
  /** Number of the generation to fill. */
  readonly generation: number;
  readonly measures: MeasurementRules;
  /**
   * Publishes announcements before their rows are checkpointed, so it may be called with the same
   * ones again.
   */
  readonly announce: Announce;
  readonly logger: Logger;
  /** Called after each batch, once it is in the tables. */
  readonly onWritten?: (written: Folded) => void;
  /** For tests: sizes other than those of {@link LIVE} and {@link REBUILD}. */
  readonly sizes?: Partial<Sizes>;
  /** Where events are folded; default: the caller's thread. See {@link openFoldThreads}. */
  readonly startFold?: StartFold | undefined;
  /**
   * False while another generation is in force: then the rebuild announces nothing and uses larger
   * batches.
   */
  readonly isAudible?: () => boolean;
  /**
   * Announcements beyond this position are published even while not audible, because the projector
   * of the generation in force may no longer publish any.
   */
  readonly toldBeyond?: bigint | undefined;
  /** Called when the projection ends because the log no longer holds the last projected event. */
  readonly onDiverged?: (() => void) | undefined;
}

/** Batch size, delay and cache size. */
export interface Sizes {
  /** Upper limit of the events per batch. */
  readonly batch: number;
  /** Folded events wait at most this long (ms) for their batch to end. */
  readonly freshMs: number;
  /**
   * Customers whose states are cached; others are loaded from the log when an event touches them.
   */
  readonly customers: number;
}

/** Small batches that show soon, and little memory at rest. */
export const LIVE: Sizes = { batch: 25_000, freshMs: 400, customers: 30_000 };
/**
 * Large batches, because an insert costs less per row, and a large cache, because a rebuild meets
 * every customer.
 */
export const REBUILD: Sizes = { batch: 50_000, freshMs: Number.POSITIVE_INFINITY, customers: 200_000 };

export interface Projector {
  readonly progress: Progress;
  /** Positions of the parked events. */
  readonly parked: ReadonlySet<bigint>;
  /**
   * Resolves when the projector has stopped; never rejects. A failed run is retried from its
   * checkpoint with back-off.
   */
  readonly stopped: Promise<void>;
  /** The error that stops it at present; null while it advances. */
  fault(): unknown;
  /**
   * Runs `work` while nothing is written, and then resumes from the checkpoint. Rejects with its
   * error, or if the projector stops before.
   */
  interlude<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Whether it ended because the log no longer holds the last projected event. */
  hasDiverged(): boolean;
  /** Proof of the last projected event; undefined if there is none. */
  history(): string | undefined;
  stop(): Promise<void>;
}

/** Projects the log into the tables of one generation, from its checkpoint on, until stopped. */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: its steps share state: split it into a state record and functions over it when it changes next.
export async function startProjector(options: ProjectorOptions): Promise<Projector> {
  const { readModels, generation, logger } = options;
  const stopping = new AbortController();
  const start = await resumePoint(readModels, generation);
  const progress = createProgress(start.position);
  // Loaded before the first question: a caller that took a parked event for a good one would answer
  // wrongly.
  const parked = new Set(start.parked);
  const search = searchForFault();
  let fault: unknown = null;
  let interrupting = new AbortController();
  const interludes: (() => Promise<void>)[] = [];

  async function playInterludes(): Promise<void> {
    interrupting = new AbortController();
    for (let next = interludes.shift(); next !== undefined; next = interludes.shift()) await next();
  }
  let hasDiverged = false;
  let history = start.history;

  async function run(): Promise<void> {
    for (let from: ResumePoint | undefined = start, failures = 0; !stopping.signal.aborted; from = undefined) {
      await playInterludes();
      try {
        from ??= await resumePoint(readModels, generation);
        replace(parked, from.parked);
        const onHistory = (proof: string) => {
          history = proof;
        };
        const until = AbortSignal.any([stopping.signal, interrupting.signal]);
        await follow(options, from, { parked, progress, search, onHistory }, until, () => {
          failures = 0;
          fault = null;
        });
      } catch (error) {
        if (interrupting.signal.aborted) continue;
        if (stopping.signal.aborted) return;
        if (error instanceof Narrowed) {
          logger.warn(
            { reason: error.message, generation },
            'a range of the log cannot be made rows: which event is to blame is searched',
          );
          continue;
        }
        fault = error;
        if (error instanceof EventStoreError && error.code === 'diverged') {
          hasDiverged = true;
          logger.error(
            { generation },
            'the log was put back from a backup, or is another: what was projected of it holds no more',
          );
          options.onDiverged?.();
          return;
        }
        const delayMs = backoffMs(failures++, RESTART);
        logger.error({ err: error, generation, delayMs }, 'the projection failed and starts again from its checkpoint');
        const until = AbortSignal.any([stopping.signal, interrupting.signal]);
        await pause(delayMs, undefined, { signal: until }).catch(() => undefined);
      }
    }
    await playInterludes();
  }

  const stopped = run();
  return {
    progress,
    parked,
    stopped,
    fault: () => fault,
    interlude: (work) =>
      new Promise((resolve, reject) => {
        interludes.push(async () => {
          if (stopping.signal.aborted) return reject(new Error('the projector was stopped'));
          await work().then(resolve, reject);
        });
        interrupting.abort();
        void stopped.then(playInterludes);
      }),
    hasDiverged: () => hasDiverged,
    history: () => history,
    stop: () => {
      stopping.abort();
      return stopped;
    },
  };
}

function replace(parked: Set<bigint>, by: readonly bigint[]): void {
  parked.clear();
  for (const position of by) parked.add(position);
}

const RESTART = { firstMs: 200, longestMs: 30_000 };

/** State that outlasts a run. */
interface Followed {
  readonly parked: Set<bigint>;
  readonly progress: Progress;
  readonly search: FaultSearch;
  /** Called with the proof of the last event of each batch. */
  onHistory(proof: string): void;
}

/**
 * One run over the log from the checkpoint, until stopped. A rebuild that comes into force ends its
 * run, so that the next run has the sizes of a live one; the next batch is read and folded while
 * earlier ones are written.
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: its steps share state: split it into a state record and functions over it when it changes next.
// biome-ignore lint/complexity/noExcessiveCognitiveComplexity: its steps share state: split it into a state record and functions over it when it changes next.
async function follow(
  options: ProjectorOptions,
  { position: after, parked: parkedBefore, history }: ResumePoint,
  { parked, progress, search, onHistory }: Followed,
  signal: AbortSignal,
  onAdvance: () => void,
): Promise<void> {
  const { store, measures, startFold = foldInProcess, isAudible = () => true } = options;
  const isLive = isAudible();
  const sizes = { ...(isLive ? LIVE : REBUILD), ...options.sizes };
  const batchMax = Math.min(sizes.batch, search.rangeMax() ?? sizes.batch);
  const { condemned } = search;
  const session = startFold(
    { measures, after, parked: parkedBefore, customersMax: sizes.customers, isLive, condemned },
    store,
  );
  // A failed write aborts the run at once, even if the log brings nothing.
  const failing = new AbortController();
  let isSearchOver = false;
  const writing = openWriting(options, parked, after, failing, (upTo) => {
    progress.advance(upTo);
    isSearchOver ||= search.noteWritten(upTo);
    onAdvance();
  });
  let size = 0;
  let last: StoredEvent | undefined;
  let upTo = after;
  let begun = performance.now();
  let isAtHead = false;
  let pacedUntil = 0;
  const until = AbortSignal.any([signal, failing.signal]);
  const pageSize = Math.min(SLICE, batchMax);
  const subscribe = (over: AbortSignal) => store.subscribe({ after, signal: over, pageSize, history });
  // At the log's head a batch collects events until the previous one is written and the engine has
  // rested, because concurrent small inserts would only wait for each other.
  const whenReady = async () => {
    await writing.settled();
    const leftMs = pacedUntil - performance.now();
    if (leftMs > 0) await pause(leftMs);
  };
  // A range given to a session after its failure fails with it; only the first failure names the
  // faulty range.
  let isBlamed = false;
  const blame = (error: unknown, range: Range): unknown => {
    if (isBlamed || !(error instanceof RangeFault)) return error;
    isBlamed = true;
    return search.noteFailed(error, range) ? new Narrowed(error.message, { cause: error }) : error;
  };
  const finish = (range: Range) =>
    session.finish(range.upTo).catch((error: unknown) => {
      throw blame(error, range);
    });
  const endBatch = async () => {
    const proof = proofOf(last!);
    await writing.add(finish({ events: size, upTo }), upTo, proof);
    onHistory(proof);
    size = 0;
  };
  const take = async (events: readonly StoredEvent[]) => {
    last = events.at(-1)!;
    upTo = last.position;
    size += events.length;
    await session.take(events);
  };
  /** Written alone, because it deletes rows. */
  const takeCut = async (events: readonly StoredEvent[]) => {
    if (size > 0) await endBatch();
    await writing.settled();
    failing.signal.throwIfAborted();
    await take(events);
    await endBatch();
    await writing.settled();
    failing.signal.throwIfAborted();
  };
  const nextTurn = () => (isAtHead && size > 0 ? whenReady() : undefined);
  try {
    for await (const item of withTurns(subscribe, until, nextTurn)) {
      if (item === 'turn') {
        // No event came; the code below ends the batch under way.
      } else if (item.kind === 'events') {
        isAtHead = false;
        if (size === 0) begun = performance.now();
        for (const { events, isCut } of partsAtCuts(item.events)) await (isCut ? takeCut(events) : take(events));
        if (size === 0 || (size < batchMax && performance.now() - begun < sizes.freshMs)) continue;
      } else {
        isAtHead = true;
        const isIdle = writing.isIdle();
        if (size === 0 && isIdle) onAdvance();
        if (size === 0 || !isIdle || performance.now() < pacedUntil) continue;
      }
      await endBatch();
      if (isAtHead) pacedUntil = performance.now() + PACE_MS;
      if ((!isLive && isAudible()) || isSearchOver) break;
    }
  } catch (error) {
    await writing.settled();
    throw failing.signal.aborted ? failing.signal.reason : blame(error, { events: size, upTo });
  } finally {
    await writing.settled();
    session.close();
  }
  if (failing.signal.aborted) throw failing.signal.reason;
}

/**
 * The run ended for a {@link RangeFault}; the next one uses smaller ranges around the faulty event.
 */
class Narrowed extends Error {
  override readonly name = 'Narrowed';
}

/** Events per read: small, so that none outlives its fold in memory; a batch holds many slices. */
const SLICE = 1000;
