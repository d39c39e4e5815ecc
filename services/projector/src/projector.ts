import { setTimeout as pause } from 'node:timers/promises';
import type { EventStore } from '@touchstone/event-store';
import type { Announcement, Measures } from '@touchstone/journey';
import { type Batch, batchEncoder, listParked, type ReadModels } from '@touchstone/read-models';
import type { Logger } from '@touchstone/runtime';
import { createCustomers } from './customers.ts';
import { createFold, type Folded } from './fold.ts';
import { createProgress, type Progress } from './progress.ts';

export type Announce = (
  announcements: readonly { readonly customerId: string; readonly announcement: Announcement }[],
) => Promise<void>;

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
  /** Events read, folded and written at once. More is faster for a rebuild, less is sooner visible. */
  readonly pageSize?: number;
  /** Customers whose states are kept in memory; whoever is not among them is loaded from the log when they are met. */
  readonly customersAtHand?: number | undefined;
  /** False while another generation answers: a rebuild does not tell again what was told. */
  readonly isAudible?: () => boolean;
}

export interface Projector {
  readonly progress: Progress;
  /** Positions of the events set aside. */
  readonly parked: ReadonlySet<bigint>;
  /** Resolves when the projector has stopped; rejects never: what fails is retried from the checkpoint, with back-off. */
  readonly stopped: Promise<void>;
  /** Why it does not advance just now; null while it does. */
  fault(): unknown;
  stop(): Promise<void>;
}

/** Follow the log into the tables of one generation, from its checkpoint on, until stopped. */
export async function startProjector(options: ProjectorOptions): Promise<Projector> {
  const { readModels, generation, logger } = options;
  const stopping = new AbortController();
  const progress = createProgress((await readModels.resume(generation)).position);
  const parked = new Set<bigint>();
  let fault: unknown = null;

  async function run(): Promise<void> {
    for (let failures = 0; !stopping.signal.aborted; ) {
      try {
        await follow(options, parked, progress, stopping.signal, () => {
          failures = 0;
          fault = null;
        });
      } catch (error) {
        if (stopping.signal.aborted) return;
        fault = error;
        const delayMs = Math.min(30_000, 200 * 2 ** failures++);
        logger.error({ err: error, generation, delayMs }, 'the projection failed and starts again from its checkpoint');
        await pause(delayMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
  }

  const stopped = run();
  return {
    progress,
    parked,
    stopped,
    fault: () => fault,
    stop: () => {
      stopping.abort();
      return stopped;
    },
  };
}

/** One run over the log from the checkpoint. While a batch is written the next is read and folded. */
async function follow(
  options: ProjectorOptions,
  parked: Set<bigint>,
  progress: Progress,
  signal: AbortSignal,
  onAdvance: () => void,
): Promise<void> {
  const { store, readModels, generation, measures, pageSize = 10_000, isAudible = () => true } = options;
  const checkpoint = await readModels.resume(generation);
  parked.clear();
  for await (const position of parkedUpTo(readModels, generation, checkpoint.position)) parked.add(position);
  const customers = createCustomers({
    store,
    measures,
    parked,
    fromBeginning: checkpoint.position === 0n,
    customersMax: options.customersAtHand,
  });
  let after = checkpoint.position;
  const underWay = new Set<Promise<void>>();
  // A write that fails ends the run at once, however quiet the log is.
  const failing = new AbortController();
  let failure: unknown;
  const write = async (batch: Batch, folded: Folded) => {
    try {
      await readModels.writeBatch(generation, batch);
      options.onWritten?.(folded);
      progress.advance(batch.upTo);
      onAdvance();
    } catch (error) {
      failure ??= error;
      failing.abort();
    }
  };
  const encoder = batchEncoder();
  const fold = createFold({ measures, customers, parked, rows: encoder.rows }, after);
  let upTo = after;
  let folded = 0;
  let begun = performance.now();

  /** End the batch that is being made, and give it to be written. */
  async function flush(): Promise<void> {
    const result = fold.finish();
    folded = 0;
    if (underWay.size === BATCHES_UNDER_WAY) await Promise.race(underWay);
    // Nothing of an empty batch is in the tables, so it is shown once what came before it is.
    if (result.isEmpty) await Promise.all(underWay);
    if (failing.signal.aborted) return;
    if (result.isEmpty) {
      progress.advance(upTo);
      return;
    }
    const batch = encoder.batch(after, upTo);
    after = upTo;
    // Waited for here, so that ranges are given to be written in their order.
    if (result.announcements.length > 0 && isAudible()) await options.announce(result.announcements);
    const writing = write(batch, result).finally(() => underWay.delete(writing));
    underWay.add(writing);
  }

  const until = AbortSignal.any([signal, failing.signal]);
  try {
    for await (const item of store.subscribe({ after, signal: until, pageSize: Math.min(SLICE, pageSize) })) {
      if (item.kind === 'events') {
        if (folded === 0) begun = performance.now();
        await fold.take(item.events);
        upTo = item.events.at(-1)!.position;
        folded += item.events.length;
        if (folded < pageSize && performance.now() - begun < FRESH_MS) continue;
      } else if (folded === 0) {
        if (underWay.size === 0) onAdvance();
        continue;
      }
      const isSmall = folded < SMALL_BATCH;
      await flush();
      if (failing.signal.aborted) break;
      if (isSmall) await pause(Math.max(0, PACE_MS - (performance.now() - begun)));
    }
  } finally {
    await Promise.all(underWay);
  }
  if (failure !== undefined) throw failure;
}

/** Events read at once: few, so that nothing of them outlives its fold; a batch holds many slices. */
const SLICE = 1000;
/** What is folded is not kept back for longer than this. */
const FRESH_MS = 400;
/** While one batch is inserted the next is folded, and the one after may wait; their checkpoints are written in order. */
const BATCHES_UNDER_WAY = 4;
/** An insert costs the engine about the same whether it holds one row or hundreds: small batches are begun no faster than this. */
const PACE_MS = 80;
const SMALL_BATCH = 1000;

const PARKED_PAGE = 500;

/** What was set aside and checkpointed; what lies beyond the checkpoint is folded, and perhaps set aside, again. */
async function* parkedUpTo(readModels: ReadModels, generation: number, position: bigint): AsyncGenerator<bigint> {
  let after = 0n;
  for (;;) {
    const page = await listParked(readModels.clickhouse, generation, { after, limit: PARKED_PAGE });
    for (const item of page) if (item.position <= position) yield item.position;
    const last = page.at(-1);
    if (last === undefined || last.position >= position) return;
    after = last.position;
  }
}
