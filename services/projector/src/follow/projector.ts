import { setTimeout as pause } from 'node:timers/promises';
import { type EventStore, EventStoreError, proofOf, type StoredEvent, withTurns } from '@touchstone/event-store';
import type { Measures } from '@touchstone/journey';
import type { ReadModels } from '@touchstone/read-models';
import type { Logger } from '@touchstone/runtime';
import type { CustomerAnnouncement, Folded } from '../fold/fold.ts';
import { foldHere, type StartFolder } from '../fold/folder.ts';
import { partsAtCuts } from '../fold/history-cuts.ts';
import { type FaultSearch, type Range, RangeFault, searchForFault } from '../fold/range-fault.ts';
import { PACE_MS } from './pace.ts';
import { createProgress, type Progress } from './progress.ts';
import { type Standing, standing } from './standing.ts';
import { openWriting } from './writing.ts';

export type Announce = (announcements: readonly CustomerAnnouncement[]) => Promise<void>;

export interface ProjectorOptions {
  readonly store: EventStore;
  readonly readModels: ReadModels;
  /** The generation that is filled. */
  readonly generation: number;
  readonly measures: Measures;
  /** Told of what events bring about, before the rows that show it are checkpointed, perhaps more than once. */
  readonly announce: Announce;
  readonly logger: Logger;
  /** Called after each batch, once it is in the tables. */
  readonly onWritten?: (written: Folded) => void;
  /** For tests: other sizes than those of {@link LIVE} and {@link REBUILD}. */
  readonly sizes?: Partial<Sizes>;
  /** Where events are folded; by default on the caller's thread. See {@link openFoldThreads}. */
  readonly startFolder?: StartFolder | undefined;
  /** False while another generation answers: a rebuild does not tell again what was told, and works in larger pieces. */
  readonly isAudible?: () => boolean;
  /** Told of all the same is what lies beyond this position: whoever fills the generation that answers may tell of nothing any more. */
  readonly toldBeyond?: bigint | undefined;
  /** The log does not hold any more what was projected of it: the projection has ended. */
  readonly onDiverged?: (() => void) | undefined;
}

/** How much is worked on at once. */
export interface Sizes {
  /** Events of one batch, at most. */
  readonly batch: number;
  /** What is folded is not kept back for longer than this. */
  readonly freshMs: number;
  /** Customers whose states are kept in memory; whoever is not among them is loaded from the log when they are met. */
  readonly customers: number;
}

/** Soon visible, and modest at rest. */
export const LIVE: Sizes = { batch: 25_000, freshMs: 400, customers: 30_000 };
/** A rebuild meets everybody and is over soon, and an insert costs the less the larger it is. */
export const REBUILD: Sizes = { batch: 50_000, freshMs: Number.POSITIVE_INFINITY, customers: 200_000 };

export interface Projector {
  readonly progress: Progress;
  /** Positions of the events set aside. */
  readonly parked: ReadonlySet<bigint>;
  /** Resolves when the projector has stopped; rejects never: what fails is retried from the checkpoint, with back-off. */
  readonly stopped: Promise<void>;
  /** Why it does not advance just now; null while it does. */
  fault(): unknown;
  /** Does this while nothing is written; then it goes on from its checkpoint. Rejects with what it throws, and where the projector stops before. */
  interlude<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Whether it has ended because the log does not hold any more what was projected of it. */
  hasDiverged(): boolean;
  /** Proof of what was projected last; undefined where nothing was. */
  history(): string | undefined;
  stop(): Promise<void>;
}

/** Follow the log into the tables of one generation, from its checkpoint on, until stopped. */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: its steps share state: split it into a state record and functions over it when it changes next.
export async function startProjector(options: ProjectorOptions): Promise<Projector> {
  const { readModels, generation, logger } = options;
  const stopping = new AbortController();
  const start = await standing(readModels, generation);
  const progress = createProgress(start.position);
  // Known before anybody asks: whoever takes an event that is set aside for a good one tells what is not so.
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
    for (let from: Standing | undefined = start, failures = 0; !stopping.signal.aborted; from = undefined) {
      await playInterludes();
      try {
        from ??= await standing(readModels, generation);
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
        const delayMs = Math.min(30_000, 200 * 2 ** failures++);
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

/** What outlasts a run. */
interface Followed {
  readonly parked: Set<bigint>;
  readonly progress: Progress;
  readonly search: FaultSearch;
  /** Proof of the last event of a batch that was written. */
  onHistory(proof: string): void;
}

/**
 * One run over the log from the checkpoint, until stopped or until what was a rebuild answers: then the next run is sized for what is live. While batches
 * are written the next one is read and folded.
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: its steps share state: split it into a state record and functions over it when it changes next.
// biome-ignore lint/complexity/noExcessiveCognitiveComplexity: its steps share state: split it into a state record and functions over it when it changes next.
async function follow(
  options: ProjectorOptions,
  { position: after, parked: parkedBefore, history }: Standing,
  { parked, progress, search, onHistory }: Followed,
  signal: AbortSignal,
  onAdvance: () => void,
): Promise<void> {
  const { store, measures, startFolder = foldHere, isAudible = () => true } = options;
  const isLive = isAudible();
  const sizes = { ...(isLive ? LIVE : REBUILD), ...options.sizes };
  const batchMax = Math.min(sizes.batch, search.rangeMax() ?? sizes.batch);
  const { condemned } = search;
  const folder = startFolder(
    { measures, after, parked: parkedBefore, customersMax: sizes.customers, isLive, condemned },
    store,
  );
  // What fails ends the run at once, however quiet the log is.
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
  // At the head a batch takes in what comes until the one before it is written, for more of them at once would only wait for each other; and until the engine has rested.
  const whenReady = async () => {
    await writing.settled();
    const leftMs = pacedUntil - performance.now();
    if (leftMs > 0) await pause(leftMs);
  };
  // What is given to a folder after its failure fails with it, and is not to blame.
  let isBlamed = false;
  const blame = (error: unknown, range: Range): unknown => {
    if (isBlamed || !(error instanceof RangeFault)) return error;
    isBlamed = true;
    return search.noteFailed(error, range) ? new Narrowed(error.message, { cause: error }) : error;
  };
  const finish = (range: Range) =>
    folder.finish(range.upTo).catch((error: unknown) => {
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
    await folder.take(events);
  };
  /** Written when nothing else is: it takes rows away. */
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
        // The batch under way is ended below.
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
    folder.close();
  }
  if (failing.signal.aborted) throw failing.signal.reason;
}

/** The run ended for a {@link RangeFault}; the next one is nearer to the event that is to blame. */
class Narrowed extends Error {
  override readonly name = 'Narrowed';
}

/** Events read at once: few, so that nothing of them outlives its fold; a batch holds many slices. */
const SLICE = 1000;
