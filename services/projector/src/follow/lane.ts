import { setTimeout as pause } from 'node:timers/promises';
import { isKafkaClientError, type LogBatch, partitionOf, RetryLater } from '@touchstone/event-bus';
import { type EventStore, EventStoreError, proofOf, type StoredEvent } from '@touchstone/event-store';
import { customerOf, type MeasurementRules } from '@touchstone/journey';
import {
  type FoldedBatch,
  type FoldSession,
  foldInProcess,
  partsAtCuts,
  RangeFault,
  type StartFold,
  whyCondemned,
} from '@touchstone/projection';
import type { Lane, ReadModels } from '@touchstone/read-models';
import type { Logger } from '@touchstone/runtime';
import { Mutex } from 'async-mutex';
import { PACE_MS, SMALL_BATCH } from './pace.ts';
import type { Announce } from './projector.ts';
import { resumePoint } from './resume-point.ts';

/** The generation in force, which the lane fills. */
export interface Target {
  readonly generation: number;
  readonly measures: MeasurementRules;
}

export interface LaneOptions {
  readonly store: EventStore;
  readonly readModels: ReadModels;
  /**
   * Returns the generation to write to; called before each batch; rejects while none exists.
   * `mayCreateFirst` is true for one lane of all, whose process may create the first.
   */
  readonly target: (mayCreateFirst: boolean) => Promise<Target>;
  /**
   * Publishes announcements before their rows are checkpointed, so it may be called with the same
   * ones again.
   */
  readonly announce: Announce;
  readonly logger: Logger;
  readonly startFold?: StartFold | undefined;
}

/** One partition that this process owns. */
export interface PartitionLane {
  /**
   * Resolves once the batch is in the tables.
   * @throws RetryLater; then the lane resumes from its checkpoint.
   */
  take(batch: LogBatch): Promise<void>;
  /**
   * Called while no message comes: follows a switch of generations, and reads events from the log
   * that the topic will not bring.
   */
  look(): Promise<void>;
  /** Reports an offset gap before the next message. */
  missed(): void;
  /** Sets the topic's present number of partitions. */
  repartition(ofPartitions: number): void;
  /** Resolves when no work of the lane is under way. */
  close(): Promise<void>;
  /** The position reached and its generation; null before the lane has begun. */
  reached(): { readonly generation: number; readonly position: bigint } | null;
  /** The error that stops it at present. */
  fault(): unknown;
}

interface Filling {
  readonly generation: number;
  readonly lane: Lane;
  session: FoldSession;
  readonly measures: MeasurementRules;
  /** Events that make no valid rows, with the reason. */
  readonly condemned: Map<bigint, string>;
  /**
   * Position of the checkpoint, and the proof of the log's event there; the proof is undefined if
   * none was written.
   */
  position: bigint;
  history: string | undefined;
  /** Whether the topic has been read without a gap since `position` was reached. */
  isContiguous: boolean;
  /** Whether the log was asked for events that the topic will not bring. */
  hasLooked: boolean;
}

/** Customers cached per lane; a process may have a dozen lanes. */
const CUSTOMERS = 10_000;
/** Events per page when the log fills a gap of the topic. */
const PAGE = 5_000;

/**
 * Projects one partition of the log's topic into the tables, resuming from the lane's checkpoint,
 * never from the offset: up to the first message the lane reads from the log the events that the
 * topic does not bring (deleted by retention, read before a switch by another generation's lane, or
 * sent to other partitions). From there on the partition is complete, in the order of the log.
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: its steps share state: split it into a state record and functions over it when it changes next.
export function partitionLane(partition: number, ofPartitions: number, options: LaneOptions): PartitionLane {
  const { store, readModels, logger, startFold = foldInProcess } = options;
  let of = ofPartitions;
  let filling: Filling | undefined;
  let fault: unknown = null;
  let isClosed = false;
  let pacedUntil = 0;
  let awaitsMessages = false;
  /** Messages and looks come one after the other. */
  const turns = new Mutex();

  const inTurn = <T>(work: () => Promise<T>): Promise<T> =>
    turns.runExclusive(() => {
      if (isClosed) throw new RetryLater(`lane ${partition} is another's now`);
      return work();
    });

  function drop(): void {
    filling?.session.close();
    filling = undefined;
  }

  async function sessionFor({
    generation,
    lane,
    measures,
    condemned,
  }: Pick<Filling, 'generation' | 'lane' | 'measures' | 'condemned'>): Promise<
    Pick<Filling, 'session' | 'position' | 'history'>
  > {
    const { position, history, parked } = await resumePoint(readModels, generation, lane);
    const session = startFold({ measures, after: position, parked, customersMax: CUSTOMERS, condemned }, store);
    return { session, position, history };
  }

  /** Returns the filling, after claiming the lane from its previous owner if necessary. */
  async function begun(assertOwned?: () => Promise<void>): Promise<Filling> {
    // A process that stalled and lost the partition must not claim the lane from its new owner.
    if (filling === undefined) await assertOwned?.();
    const { generation, measures } = await options.target(partition === 0);
    if (filling !== undefined && filling.generation === generation && filling.lane.of === of) return filling;
    if (filling !== undefined) await assertOwned?.();
    drop();
    const lane = { index: partition, of };
    const condemned = new Map<bigint, string>();
    const begun = await sessionFor({ generation, lane, measures, condemned });
    filling = { generation, lane, measures, condemned, ...begun, isContiguous: false, hasLooked: false };
    const { position } = begun;
    logger.info({ generation, lane: partition, lanes: of, position: String(position) }, 'a lane is followed from here');
    return filling;
  }

  /**
   * After a restore the log may continue differently, and the rows would silently mix two
   * histories.
   */
  async function assertHistory({ history }: Filling): Promise<void> {
    if (history === undefined || (await store.holds(history))) return;
    throw new EventStoreError(
      'diverged',
      'the log does not hold any more what was projected of it: the lane stands still until the read model is filled anew',
    );
  }

  /** `history`: proof of the event at `upTo`, or of the last one before it. */
  async function write(
    to: Filling,
    events: readonly StoredEvent[],
    upTo: bigint,
    history: string | undefined,
  ): Promise<void> {
    if (upTo <= to.position) return;
    await assertHistory(to);
    const parts = partsAtCuts(events);
    for (const part of parts.slice(0, -1)) await writePart(to, part.events, part.events.at(-1)!.position, to.history);
    await writePart(to, parts.at(-1)?.events ?? [], upTo, history);
  }

  async function writePart(
    to: Filling,
    events: readonly StoredEvent[],
    upTo: bigint,
    history: string | undefined,
  ): Promise<void> {
    let folded: FoldedBatch;
    try {
      if (events.length > 0) await to.session.take(events);
      folded = await to.session.finish(upTo);
    } catch (error) {
      if (!(error instanceof RangeFault)) throw error;
      return writeInParts(to, events, upTo, history, error);
    }
    const { batch, announcements } = folded;
    if (announcements.length > 0) await options.announce(announcements);
    await readModels.writeBatch(to.generation, { ...batch, history }, to.lane);
    to.position = upTo;
    to.history = history ?? to.history;
  }

  /** Halves the events until the faulty one stands alone; that one is parked. */
  async function writeInParts(
    to: Filling,
    events: readonly StoredEvent[],
    upTo: bigint,
    history: string | undefined,
    fault: RangeFault,
  ): Promise<void> {
    const [first] = events;
    if (first === undefined || to.condemned.has(first.position)) throw fault;
    if (events.length === 1) to.condemned.set(first.position, whyCondemned(fault));
    to.session.close();
    Object.assign(to, await sessionFor(to));
    const middle = Math.floor(events.length / 2);
    if (middle > 0) await write(to, events.slice(0, middle), events[middle - 1]!.position, to.history);
    await write(to, events.slice(middle), upTo, history);
  }

  /** Reads the lane's events up to `upTo` from the log instead of the topic. */
  async function catchUp(to: Filling, upTo: bigint): Promise<void> {
    if (upTo <= to.position) return;
    let events: StoredEvent[] = [];
    let { history } = to;
    for await (const page of store.readAll({ after: to.position, upTo, pageSize: PAGE, history })) {
      const last = page.at(-1)!;
      history = proofOf(last);
      for (const event of page) if (isOf(to.lane, event)) events.push(event);
      if (events.length < PAGE) continue;
      await write(to, events, last.position, history);
      events = [];
    }
    await write(to, events, upTo, history);
  }

  async function takeBatch({
    events,
    upTo,
    history,
    isStart,
    ofPartitions: sentFor,
    assertOwned,
  }: LogBatch): Promise<void> {
    if (sentFor > of) of = sentFor;
    if (isStart && filling !== undefined) filling.isContiguous = false;
    const to = await begun(assertOwned);
    // A new run of the relay may follow a restored log, which may be shorter.
    if (isStart) await assertHistory(to);
    // The sender used another partition count, so this message may lack some of our customers: read
    // from the log instead.
    if (sentFor !== to.lane.of) return catchUp(to, upTo);
    if (!to.isContiguous) {
      await catchUp(to, events.length === 0 ? upTo : events[0]!.position - 1n);
      to.isContiguous = true;
    }
    const { position } = to;
    const isNew = events[0] !== undefined && events[0].position > position;
    await write(to, isNew ? events : after(events, position), upTo, history);
  }

  /**
   * Reads one page of the log that the topic may not bring; true if there is more. The caller may
   * take a message in between, which then takes precedence.
   */
  async function lookOnce(): Promise<boolean> {
    if (awaitsMessages) return false;
    const to = await begun();
    if (to.isContiguous || to.hasLooked) return false;
    const head = await store.head();
    const { history } = to;
    for await (const page of store.readAll({ after: to.position, upTo: head, pageSize: PAGE, history })) {
      const last = page.at(-1)!;
      const events = page.filter((event) => isOf(to.lane, event));
      await write(to, events, last.position, proofOf(last));
      return true;
    }
    await write(to, [], head, to.history);
    to.hasLooked = true;
    return false;
  }

  /** Runs `work`; on an error drops all cached state. */
  async function resetOnError<T>(work: () => Promise<T>): Promise<T> {
    try {
      const done = await work();
      fault = null;
      return done;
    } catch (error) {
      drop();
      fault = error;
      // Kafka redelivers the message that failed, and until then it is unknown whether the
      // partition is still ours.
      awaitsMessages = true;
      throw error;
    }
  }

  return {
    take: (batch) =>
      inTurn(async () => {
        await pause(Math.max(0, pacedUntil - performance.now()));
        if (batch.events.length < SMALL_BATCH) pacedUntil = performance.now() + PACE_MS;
        try {
          await resetOnError(() => takeBatch(batch));
          awaitsMessages = false;
        } catch (error) {
          const { message } = error as Error;
          // The bus handles its own errors: it has lost the partition or the broker.
          if (isKafkaClientError(error)) throw error;
          logger.warn(
            { err: error, lane: partition },
            'a lane could not be written and begins again at its checkpoint',
          );
          throw new RetryLater(`lane ${partition}: ${message}`, { cause: error });
        }
      }),
    look: async () => {
      while (await inTurn(() => resetOnError(lookOnce)));
    },
    missed: () => {
      if (filling !== undefined) filling.isContiguous = false;
    },
    repartition: (partitions) => {
      of = partitions;
    },
    close: async () => {
      isClosed = true;
      await turns.runExclusive(drop);
    },
    reached: () => filling ?? null,
    fault: () => fault,
  };
}

function isOf({ index, of }: Lane, { stream }: StoredEvent): boolean {
  const customerId = customerOf(stream);
  return customerId !== null && partitionOf(customerId, of) === index;
}

function after(events: readonly StoredEvent[], position: bigint): readonly StoredEvent[] {
  return events.filter((event) => event.position > position);
}
