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

/** Everything that a reader of the log needs. */
export interface LogAccess {
  readonly connection: Connection;
  readonly names: StreamNames;
  readonly history: KnownHistory;
  /** Whether the server announces that a subscription has caught up, as versions from 23.10 do. */
  readonly saysCaughtUp: boolean;
  readonly warn: (what: string) => void;
  readonly onDamaged?: OnDamaged | undefined;
  readonly onCut?: OnCut | undefined;
  /** Called each time the server ended a subscription because its reader was too slow. */
  readonly onTooSlow?: (() => void) | undefined;
}

export interface FollowOptions {
  /** Exclusive. */
  readonly after: bigint;
  readonly streamPrefix?: string | undefined;
  /** Most events of one item. */
  readonly pageSize: number;
  /**
   * Throw `unavailable` after this time without news, ms; by default the subscription is reopened
   * for ever.
   */
  readonly giveUpMs?: number;
  readonly signal?: AbortSignal;
  /**
   * Gives the recording times. Without it events keep the server's stamps, which may step back;
   * only the reader that finds those steps reads so.
   */
  readonly recordingTo?: RecordingTo;
  /** Is told each event as the server stamped it, and the position before which it has all. */
  readonly onReceived?: ((decoded: DecodedEvent, before: bigint) => void) | undefined;
  /** Proof of the last event that the reader has, as defined by the port. */
  readonly history?: string | undefined;
}

export type FollowItem =
  | { readonly kind: 'events'; readonly events: readonly DecodedEvent[] }
  | { readonly kind: 'caughtUp'; readonly position: bigint };

/** Some versions send this as a checkpoint when nothing matched. */
const NO_POSITION = 2n ** 64n - 1n;

const PARTIAL_IDLE_MS = 1_000;

/**
 * Position of the last event of the log, or of its streams with a prefix; `0n` when there is none.
 */
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
 * The log from a position and everything appended to it, through one subscription that is reopened
 * with back-off after the last event received whenever the server ends it. A busy reader stops the
 * reading, and HTTP/2 back-pressure then stops the server.
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
      const receiver = { recorded, heard, received, last: () => last, onReceived: options.onReceived };
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

/**
 * Whether the server ended the subscription because the reader was too slow. It buffers some dozens
 * of live events per subscription.
 */
function wasTooSlow(error: unknown): boolean {
  return /consumer too slow/i.test(failureOf(error).message);
}

/** Events of one page, for a reader that was too slow for a subscription. */
const PAGE = 1_000;

/**
 * Reads up to the end of the log in pages, on request, so that the next subscription has little to
 * catch up on.
 */
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
  readonly onReceived: FollowOptions['onReceived'];
  /** The last event received, or the one that the reader had before. */
  last(): Standing | undefined;
}

/**
 * The event that a proof names. A text that is no proof of this store yields an event that no log
 * holds.
 */
const standingOf = (proof: string): Standing => {
  const event = readProof(proof);
  return event?.mark === undefined ? { position: 2n ** 63n, stream: '', mark: '@0' } : event;
};

/** Runs one subscription until it fails; it ends without an error only if the signal aborts. */
async function receiveOnce(
  log: LogAccess,
  options: FollowOptions,
  inbox: Inbox,
  signal: AbortSignal,
  receiver: Receiver,
): Promise<void> {
  const { connection, names, saysCaughtUp } = log;
  const { streamPrefix } = options;
  // Checked before, because a server may refuse a position at which it has no event, and checked
  // again on the server that then answered.
  await assertStands(log, receiver);
  // Read before the subscription begins, so that a reader that has caught up has passed it.
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

/**
 * Checks that the log still holds the last event received.
 * @throws EventStoreError `diverged`.
 */
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
      // A subscription starts after the given position; an earlier event was delivered already.
      if (position <= lastEvent) return undefined;
      const decoded = decodeEvent(message.record, names, onDamaged);
      if (decoded) {
        receiver.received(decoded.event);
        receiver.onReceived?.(decoded, lastEvent);
      }
      lastEvent = position;
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
      // A checkpoint is trusted only when the next one arrives: version 25.0.0 sends positions of
      // events that it has yet to send.
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
 * The next message. If none comes for a while, the head of the log tells a quiet log from a silent
 * subscription, which twice in a row has events to send and sends none.
 */
async function nextMessage(
  log: LogAccess,
  subscription: OpenSubscription,
  inbox: Inbox,
  streamPrefix: string | undefined,
): Promise<WireMessage | undefined> {
  const { connection } = log;
  for (let wasBehind = false; ; ) {
    // A reader of some streams gets nothing for the others, so it checks the log's position more
    // often.
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
      // No event of this reader lies between the last one received and the head.
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
