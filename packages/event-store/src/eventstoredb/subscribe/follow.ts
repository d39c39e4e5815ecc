import type { OnDamaged } from '../../damaged-event.ts';
import { assertHeld, readProof } from '../../history.ts';
import { EventStoreError } from '../../port.ts';
import type { Connection, OpenSubscription } from '../connection.ts';
import type { OnCut } from '../cuts.ts';
import { EventStoreDbFailure, failureOf, isDecided } from '../failure.ts';
import type { KnownHistory, Standing } from '../log-history.ts';
import type { StreamNames } from '../names.ts';
import { type DecodedEvent, decodeEvent } from '../record.ts';
import { type RecordedReader, type RecordingTo, recordedReader } from '../recording.ts';
import type { WireMessage } from '../wire.ts';
import { type Inbox, openInbox } from './inbox.ts';

/** What every reader of the log needs. */
export interface LogAccess {
  readonly connection: Connection;
  readonly names: StreamNames;
  readonly history: KnownHistory;
  /** Servers from 23.10 on say when a subscription has caught up. */
  readonly saysCaughtUp: boolean;
  readonly warn: (what: string) => void;
  readonly onDamaged?: OnDamaged | undefined;
  readonly onCut?: OnCut | undefined;
  /** Told each time that the server ended a subscription because we were slow. */
  readonly onTooSlow?: (() => void) | undefined;
}

export interface FollowOptions {
  /** Exclusive. */
  readonly after: bigint;
  readonly streamPrefix?: string | undefined;
  /** Events handed on at once. */
  readonly pageSize: number;
  /** Without news for so long, throw `unavailable`; by default the subscription is opened again for ever. */
  readonly giveUpMs?: number;
  readonly signal?: AbortSignal;
  /** Without it events count as recorded when the server stamped them, which may step back: so the one reader has them who finds where they do. */
  readonly recordingTo?: RecordingTo;
  /** As the port says it. */
  readonly history?: string | undefined;
}

export type FollowItem =
  | { readonly kind: 'events'; readonly events: readonly DecodedEvent[] }
  | { readonly kind: 'caughtUp'; readonly position: bigint };

/** Some versions send it as a checkpoint when nothing matched. */
const NO_POSITION = 2n ** 64n - 1n;

const PARTIAL_IDLE_MS = 1_000;

/** Position of the last event of the log, or of its streams with a prefix; `0n` when there is none. */
export async function lastPosition(
  { connection, names }: Pick<LogAccess, 'connection' | 'names'>,
  streamPrefix?: string,
): Promise<bigint> {
  const records = await connection.collect({
    from: 'end',
    backwards: true,
    filter: names.filter(streamPrefix),
    count: 1,
  });
  return records?.[0]?.position ?? 0n;
}

/**
 * The log from a position and whatever is appended to it: one subscription, opened again with back-off after the last event received
 * whenever it ends without our asking. A reader that is busy stops the reading, and HTTP/2 then stops the server.
 */
export async function* follow(log: LogAccess, options: FollowOptions): AsyncGenerator<FollowItem, void, undefined> {
  const stop = new AbortController();
  const given = options.signal ? [options.signal] : [];
  const signal = AbortSignal.any([stop.signal, log.connection.signal, ...given]);
  const inbox = openInbox(options.after, options.pageSize, signal);
  receive(log, options, inbox, signal).catch((error: unknown) => inbox.fail(error));
  try {
    let announced: bigint | undefined;
    while (!signal.aborted) {
      const page = inbox.take();
      if (page.length > 0) {
        yield { kind: 'events', events: page };
      } else if (inbox.failure) {
        throw inbox.failure.error;
      } else if (inbox.isLive && inbox.passed !== announced) {
        announced = inbox.passed;
        yield { kind: 'caughtUp', position: announced };
      } else {
        await inbox.news();
      }
    }
  } finally {
    stop.abort();
  }
}

// biome-ignore lint/complexity/noExcessiveCognitiveComplexity: each kind of message of a subscription has its case.
async function receive(log: LogAccess, options: FollowOptions, inbox: Inbox, signal: AbortSignal): Promise<void> {
  const { connection, warn } = log;
  const { recordingTo } = options;
  let recorded: RecordedReader | undefined;
  let last = options.history === undefined ? undefined : standingOf(options.history);
  let attempt = 0;
  let isTooSlow = false;
  let lastNews = performance.now();
  const heard = (): void => {
    attempt = 0;
    lastNews = performance.now();
  };
  while (!signal.aborted) {
    try {
      recorded ??= recordingTo === undefined ? (decoded) => decoded : await recordedReader(log, recordingTo, options);
      const received = (event: Standing): void => {
        last = event;
      };
      const receiver = { recorded, heard, received, last: () => last };
      if (isTooSlow) await readPages(log, options, inbox, signal, receiver);
      isTooSlow = false;
      await receiveOnce(log, options, inbox, signal, receiver);
    } catch (error) {
      if (signal.aborted) return;
      const isFinal =
        error instanceof EventStoreError ? error.code !== 'unavailable' : failureOf(error).kind === 'refused';
      if (isFinal) throw portError(error);
      inbox.setLive(false);
      const silentMs = performance.now() - lastNews;
      if (silentMs >= (options.giveUpMs ?? Number.POSITIVE_INFINITY)) throw portError(error);
      if (wasTooSlow(error)) {
        isTooSlow = true;
        log.onTooSlow?.();
      } else if (attempt === 0)
        warn(`The log is subscribed to again after position ${inbox.passed}: ${failureOf(error).message}`);
      await connection.backOff(attempt);
      attempt += 1;
    }
  }
}

/** The server keeps some dozens of live events for a subscription, and ends one that does not take them in time. */
function wasTooSlow(error: unknown): boolean {
  return /consumer too slow/i.test(failureOf(error).message);
}

/** Events of one page, for who was too slow for a subscription. */
const PAGE = 1_000;

/** All up to the end of the log, in pages that we ask for when we can take them: then a subscription has little to catch up on. */
async function readPages(
  log: LogAccess,
  { streamPrefix }: FollowOptions,
  inbox: Inbox,
  signal: AbortSignal,
  receiver: Receiver,
): Promise<void> {
  const { connection, names } = log;
  await assertStands(log, receiver);
  const take = messageTaker(log, inbox, 0n, receiver);
  const filter = names.filter(streamPrefix);
  for (let left = PAGE; left === PAGE; ) {
    await inbox.room();
    if (signal.aborted) return;
    const from = inbox.passed === 0n ? 'start' : inbox.passed;
    const records = (await connection.collect({ from, filter, count: PAGE })) ?? [];
    for (const record of records) await take({ kind: 'event', record });
    left = records.length;
  }
}

interface Receiver {
  readonly recorded: RecordedReader;
  heard(): void;
  received(event: Standing): void;
  /** What was received last, or was had before. */
  last(): Standing | undefined;
}

/** What no proof of this store is stands nowhere. */
const standingOf = (proof: string): Standing => {
  const event = readProof(proof);
  return event?.mark === undefined ? { position: 2n ** 63n, stream: '', mark: '@0' } : event;
};

/** One subscription, until it fails; it never ends well unless the signal aborts. */
async function receiveOnce(
  log: LogAccess,
  options: FollowOptions,
  inbox: Inbox,
  signal: AbortSignal,
  receiver: Receiver,
): Promise<void> {
  const { connection, names, saysCaughtUp } = log;
  const { streamPrefix } = options;
  // Before, because a server may refuse a position where no event of it stands; and again of the server that then answered.
  await assertStands(log, receiver);
  // Read before the subscription begins, so that whoever has caught up has passed it.
  const head = await lastPosition(log, saysCaughtUp ? undefined : streamPrefix);
  const from = inbox.passed === 0n ? 'start' : inbox.passed;
  const request = { from, filter: names.filter(streamPrefix), count: 'subscription' } as const;
  const subscription = await connection.subscribe(request, options.recordingTo === undefined);
  const end = (): void => subscription.close();
  signal.addEventListener('abort', end, { once: true });
  try {
    await assertStands(log, receiver);
    const take = messageTaker(log, inbox, head, receiver);
    if (!saysCaughtUp && inbox.passed >= head) await take({ kind: 'caughtUp' });
    for (;;) {
      await inbox.room();
      const message = await nextMessage(log, subscription, inbox, streamPrefix);
      if (signal.aborted) return;
      if (!message) throw new EventStoreDbFailure('broken', 'the server ended the subscription');
      const taking = take(message);
      if (taking !== undefined) await taking;
      if (!saysCaughtUp && !inbox.isLive && inbox.passed >= head) await take({ kind: 'caughtUp' });
    }
  } catch (error) {
    subscription.close(failureOf(error));
    throw error;
  } finally {
    signal.removeEventListener('abort', end);
    subscription.close();
  }
}

/** @throws EventStoreError `diverged`. */
async function assertStands({ history }: LogAccess, { last }: Receiver): Promise<void> {
  const event = last();
  if (event === undefined || (await history.stands(event))) return;
  history.putBack();
  assertHeld(false);
}

function messageTaker(
  { names, onDamaged }: LogAccess,
  inbox: Inbox,
  head: bigint,
  receiver: Receiver,
): (message: WireMessage) => Promise<void> | undefined {
  let lastEvent = inbox.passed;
  let checkpoint = inbox.passed;
  const put = (event: DecodedEvent | undefined, position: bigint): void => {
    if (event !== undefined) inbox.put(event);
    inbox.pass(position);
  };
  return (message) => {
    receiver.heard();
    if (message.kind === 'event') {
      const { position } = message.record;
      // A subscription starts after the position it was given; what came before all the same was delivered already.
      if (position <= lastEvent) return undefined;
      lastEvent = position;
      const decoded = decodeEvent(message.record, names, onDamaged);
      if (decoded) receiver.received(decoded.event);
      const recorded = decoded && receiver.recorded(decoded);
      if (recorded instanceof Promise) return recorded.then((event) => put(event, position));
      put(recorded, position);
    } else if (message.kind === 'checkpoint') {
      if (message.position === NO_POSITION || message.position < checkpoint) {
        throw new EventStoreDbFailure(
          'broken',
          `the server sent the checkpoint ${message.position} after ${checkpoint}`,
        );
      }
      // Believed when the next one comes: version 25.0.0 sends positions of events that it has yet to send.
      inbox.pass(checkpoint);
      checkpoint = message.position;
    } else if (message.kind === 'caughtUp') {
      inbox.pass(head);
      inbox.setLive(true);
    }
    return undefined;
  };
}

/**
 * The next message. When none comes for a while, the head of the log tells a quiet log from a subscription that has fallen silent: the latter
 * has something to send, twice in a row, and sends nothing.
 */
async function nextMessage(
  log: LogAccess,
  subscription: OpenSubscription,
  inbox: Inbox,
  streamPrefix: string | undefined,
): Promise<WireMessage | undefined> {
  const { connection } = log;
  for (let wasBehind = false; ; ) {
    // A reader of some streams hears nothing of the others: how far the log is, it must be told more often.
    const { idleMs } = connection.timing;
    const isPartial = inbox.isLive && streamPrefix !== undefined;
    try {
      return await subscription.next(isPartial ? Math.min(idleMs, PARTIAL_IDLE_MS) : idleMs);
    } catch (error) {
      const failure = failureOf(error);
      if (failure.kind !== 'silent' || connection.signal.aborted) throw failure;
      const head = await lastPosition(log);
      const isBehind = (await lastPosition(log, streamPrefix)) > inbox.passed;
      if (isBehind && wasBehind) throw new EventStoreDbFailure('silent', 'the subscription has fallen silent');
      // Nothing of ours lies between what was received and the head.
      if (!isBehind && inbox.isLive) inbox.pass(head);
      wasBehind = isBehind;
    }
  }
}

export function portError(error: unknown): unknown {
  if (error instanceof EventStoreError) return error;
  const failure = failureOf(error);
  const isRefused = isDecided(failure) && failure.kind !== 'conflict';
  return new EventStoreError(isRefused ? 'refused' : 'unavailable', failure.message, { cause: error });
}
