import { setTimeout as pause } from 'node:timers/promises';
import { type LogBatch, partitionOf, RetryLater } from '@touchstone/event-bus';
import { type EventStore, EventStoreError, proofOf, type StoredEvent } from '@touchstone/event-store';
import type { Measures } from '@touchstone/journey';
import type { Lane, ReadModels } from '@touchstone/read-models';
import type { Logger } from '@touchstone/runtime';
import { customerOf } from '../fold/customers.ts';
import { type FoldedBatch, type Folder, foldHere, type StartFolder } from '../fold/folder.ts';
import { partsAtCuts } from '../fold/history-cuts.ts';
import { RangeFault, whyCondemned } from '../fold/range-fault.ts';
import { PACE_MS, SMALL_BATCH } from './pace.ts';
import type { Announce } from './projector.ts';
import { standing } from './standing.ts';

/** The generation in force, which is to be filled. */
export interface Target {
  readonly generation: number;
  readonly measures: Measures;
}

export interface LaneOptions {
  readonly store: EventStore;
  readonly readModels: ReadModels;
  /** Asked before each batch. Rejects while there is none; `isOrdained` is true for one lane of all: whoever has it may create the first. */
  readonly target: (isOrdained: boolean) => Promise<Target>;
  /** Told of what events bring about, before the rows that show it are checkpointed, perhaps more than once. */
  readonly announce: Announce;
  readonly logger: Logger;
  readonly startFolder?: StartFolder | undefined;
}

/** What this process knows of a partition that it has been given. */
export interface PartitionLane {
  /** Resolves once the batch is in the tables. @throws RetryLater; then the lane begins anew at its checkpoint. */
  take(batch: LogBatch): Promise<void>;
  /** Without a message: follow a switch of generations, and see whether the log holds anything that the topic will not bring. */
  look(): Promise<void>;
  /** Something of the topic is missing before its next message. */
  missed(): void;
  /** The topic has so many partitions now. */
  shareAnew(ofPartitions: number): void;
  /** Resolves when nothing of it is in work. */
  close(): Promise<void>;
  /** How far it is in which generation; null before it has begun. */
  reached(): { readonly generation: number; readonly position: bigint } | null;
  /** Why it does not advance just now. */
  fault(): unknown;
}

interface Filling {
  readonly generation: number;
  readonly lane: Lane;
  folder: Folder;
  readonly measures: Measures;
  /** What no rows can be made of. */
  readonly condemned: Map<bigint, string>;
  /** Where its checkpoint stands, and the proof of what stands there in the log; undefined where none was written. */
  position: bigint;
  history: string | undefined;
  /** The topic has been read without a gap since `position` was reached. */
  isContiguous: boolean;
  /** The log was asked whether it holds more than the topic will bring. */
  hasLooked: boolean;
}

/** Customers at hand; a process may have a dozen lanes. */
const CUSTOMERS = 10_000;
/** Events of the log that are read at once where the topic has a gap. */
const PAGE = 5_000;

/**
 * One partition of the log's topic, followed into the tables.
 *
 * What decides where it goes on is the lane's checkpoint, never the offset: what the topic does not bring (events that retention deleted, that another
 * generation's lane had read before a switch, that were shared out among other partitions) is read from the log itself, up to the first message.
 * From there on a partition is whole: all that stands in it before a message comes before it in the log.
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: its steps share state: split it into a state record and functions over it when it changes next.
export function partitionLane(partition: number, ofPartitions: number, options: LaneOptions): PartitionLane {
  const { store, readModels, logger, startFolder = foldHere } = options;
  let of = ofPartitions;
  let filling: Filling | undefined;
  let fault: unknown = null;
  let isClosed = false;
  let pacedUntil = 0;
  let awaitsMessages = false;
  let turn: Promise<unknown> = Promise.resolve();

  /** Messages and looks take turns. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = turn.then(() => {
      if (isClosed) throw new RetryLater(`lane ${partition} is another's now`);
      return work();
    });
    turn = done.catch(() => undefined);
    return done;
  }

  function drop(): void {
    filling?.folder.close();
    filling = undefined;
  }

  async function folderFor({
    generation,
    lane,
    measures,
    condemned,
  }: Pick<Filling, 'generation' | 'lane' | 'measures' | 'condemned'>): Promise<
    Pick<Filling, 'folder' | 'position' | 'history'>
  > {
    const { position, history, parked } = await standing(readModels, generation, lane);
    const folder = startFolder({ measures, after: position, parked, customersMax: CUSTOMERS, condemned }, store);
    return { folder, position, history };
  }

  /** Where the lane stands, claimed from whoever had it before, if that is not known. */
  async function begun(assertOwned?: () => Promise<void>): Promise<Filling> {
    // Whoever has stalled and lost the partition must not take the lane from its new owner.
    if (filling === undefined) await assertOwned?.();
    const { generation, measures } = await options.target(partition === 0);
    if (filling !== undefined && filling.generation === generation && filling.lane.of === of) return filling;
    if (filling !== undefined) await assertOwned?.();
    drop();
    const lane = { index: partition, of };
    const condemned = new Map<bigint, string>();
    const begun = await folderFor({ generation, lane, measures, condemned });
    filling = { generation, lane, measures, condemned, ...begun, isContiguous: false, hasLooked: false };
    const { position } = begun;
    logger.info({ generation, lane: partition, lanes: of, position: String(position) }, 'a lane is followed from here');
    return filling;
  }

  /** What follows may be of a log that was put back from a backup: then rows of both would be mixed, and nothing would show it. */
  async function assertHistory({ history }: Filling): Promise<void> {
    if (history === undefined || (await store.holds(history))) return;
    throw new EventStoreError(
      'diverged',
      'the log does not hold any more what was projected of it: the lane stands still until the read model is filled anew',
    );
  }

  /** `history`: proof of what stands at `upTo`, or last before it. */
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
      if (events.length > 0) await to.folder.take(events);
      folded = await to.folder.finish(upTo);
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

  /** By halves, until the event that is to blame stands alone; it is set aside. */
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
    to.folder.close();
    Object.assign(to, await folderFor(to));
    const middle = Math.floor(events.length / 2);
    if (middle > 0) await write(to, events.slice(0, middle), events[middle - 1]!.position, to.history);
    await write(to, events.slice(middle), upTo, history);
  }

  /** From the log itself. */
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
    // Another run of the relay may tell of another history, which is shorter perhaps.
    if (isStart) await assertHistory(to);
    // These customers were shared out otherwise: of ours, others hold a part.
    if (sentFor !== to.lane.of) return catchUp(to, upTo);
    if (!to.isContiguous) {
      await catchUp(to, events.length === 0 ? upTo : events[0]!.position - 1n);
      to.isContiguous = true;
    }
    const { position } = to;
    const isNew = events[0] !== undefined && events[0].position > position;
    await write(to, isNew ? events : after(events, position), upTo, history);
  }

  /** One page of what the log holds and the topic may not bring; true if there is more. In between a message may come, and then the topic is followed. */
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

  /** Runs what may fail: then all that is remembered is forgotten. */
  async function orForget<T>(work: () => Promise<T>): Promise<T> {
    try {
      const done = await work();
      fault = null;
      return done;
    } catch (error) {
      drop();
      fault = error;
      // What could not be written will be brought again; and by then it is known whether the partition is still ours.
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
          await orForget(() => takeBatch(batch));
          awaitsMessages = false;
        } catch (error) {
          const { name, message } = error as Error;
          // The bus's own errors are for the bus: it has lost the partition, or its broker.
          if (name.startsWith('KafkaJS')) throw error;
          logger.warn(
            { err: error, lane: partition },
            'a lane could not be written and begins again at its checkpoint',
          );
          throw new RetryLater(`lane ${partition}: ${message}`, { cause: error });
        }
      }),
    look: async () => {
      while (await inTurn(() => orForget(lookOnce)));
    },
    missed: () => {
      if (filling !== undefined) filling.isContiguous = false;
    },
    shareAnew: (partitions) => {
      of = partitions;
    },
    close: async () => {
      isClosed = true;
      await turn;
      drop();
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
