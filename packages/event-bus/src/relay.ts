import { setTimeout as delay } from 'node:timers/promises';
import { type EventStore, type StoredEvent, withTurns } from '@touchstone/event-store';
import { BusError } from './bus-error.ts';
import type { BusLogger, EventBus } from './event-bus.ts';
import {
  CHANGES_TOPIC,
  decodeLogMessage,
  encodeChange,
  encodeLogMessage,
  LOG_TOPIC,
  type PlacedMessage,
  type RelayedBatch,
} from './log-message.ts';
import { marksOf } from './marks.ts';

export interface RelayState {
  readonly isReady: boolean;
  readonly reason: string | null;
  /** Everything up to it is in the topic; `null` until the topic has been read. */
  readonly position: bigint | null;
}

export interface RelayOptions {
  readonly store: Pick<EventStore, 'subscribe'>;
  readonly bus: EventBus;
  readonly signal: AbortSignal;
  readonly logger: BusLogger;
  readonly logTopic?: string;
  readonly changesTopic?: string;
  /** Events sent at once. */
  readonly batchMax?: number;
  /** First and longest delay after a failure, ms. */
  readonly pauseMs?: readonly [first: number, longest: number];
  /** After every in-sync replica has them; after a restart some come again. */
  readonly onRelayed?: (events: readonly StoredEvent[]) => void;
  readonly onState?: (state: RelayState) => void;
}

/**
 * The log, in order, at least once, to `touchstone.log`; announcements (streams `changes-*`) also to `touchstone.changes`. Ends with `signal`. What is
 * down is waited for; an event that the topic does not take is waited for too, loudly, since passing it over would lose it.
 *
 * Where it goes on after a restart the topic itself says: each message carries the position up to which everything had been
 * acknowledged when it was sent. No checkpoint is kept beside it that could be ahead of, or behind, what the topic holds.
 * A partition that nothing has come for is told how far the log is, by a mark, so that whoever waits for all partitions is not kept by a quiet one.
 *
 * Two relays at once (one that stalled and the one that replaced it) repeat messages and lose none: each begins at what is there and leaves nothing
 * out, so whatever stands before a message in its partition holds all that comes before it in the log.
 */
export async function relay(options: RelayOptions): Promise<void> {
  const { bus, signal, logger, onState, logTopic = LOG_TOPIC } = options;
  const [firstPause, longestPause] = options.pauseMs ?? [200, 5_000];
  const at: { position: bigint | null } = { position: null };
  let pause = firstPause;
  while (!signal.aborted) {
    try {
      at.position ??= await resumePosition(bus, logTopic);
      onState?.({ isReady: true, reason: null, position: at.position });
      await relayFrom(at as { position: bigint }, options, () => {
        pause = firstPause;
      });
    } catch (error) {
      if (signal.aborted) break;
      if (!isMendable(error)) throw error;
      const { message } = error as Error;
      onState?.({ isReady: false, reason: message, position: at.position });
      logger.error({ topic: logTopic, pauseMs: pause, position: String(at.position), err: error }, 'the relay waits');
      await delay(pause, undefined, { signal }).catch(() => {});
      pause = Math.min(pause * 2, longestPause);
    }
  }
  onState?.({ isReady: false, reason: 'stopped', position: at.position });
}

/** Everything up to this position is in the topic. `0n` for an empty one, which is then filled from the beginning of the log. */
export async function resumePosition(bus: EventBus, topic: string): Promise<bigint> {
  let furthest = 0n;
  for (const [partition, message] of (await bus.lastMessages(topic)).entries()) {
    if (message === null) continue;
    const { after } = decodeLogMessage(message, `${topic} partition ${partition}`);
    if (after > furthest) furthest = after;
  }
  return furthest;
}

async function relayFrom(at: { position: bigint }, options: RelayOptions, onSuccess: () => void): Promise<void> {
  const { store, bus, signal, onRelayed, onState, logTopic = LOG_TOPIC, changesTopic = CHANGES_TOPIC } = options;
  const { batchMax = 1_000 } = options;
  const marks = marksOf(bus, logTopic);
  const { position: after } = at;
  const subscribe = (until: AbortSignal) => store.subscribe({ after, pageSize: batchMax, signal: until });
  const nextMarks = () => {
    const dueInMs = marks.dueInMs();
    if (dueInMs === undefined) return undefined;
    return dueInMs > 0 ? delay(dueInMs, undefined, { ref: false }) : Promise.resolve();
  };
  for await (const item of withTurns(subscribe, signal, nextMarks)) {
    if (item === 'turn') {
      await marks.send(at.position);
      continue;
    }
    if (item.kind === 'caughtUp') {
      marks.caughtUp();
      continue;
    }
    for (let from = 0; from < item.events.length; from += batchMax) {
      const events = item.events.slice(from, from + batchMax);
      const announcements = events.filter(({ stream }) => stream.startsWith('changes-'));
      const messages = await encoded(events, encodeLogMessage, logTopic, at.position, bus);
      await bus.produce(logTopic, messages);
      await bus.produce(changesTopic, await encoded(announcements, encodeChange, changesTopic, at.position, bus));
      // Only now: the next batch says with it that this one, announcements included, is there.
      at.position = (events.at(-1) as StoredEvent).position;
      for (const [index, { partition }] of messages.entries()) marks.sent(partition, events[index]!.position);
      onSuccess();
      onRelayed?.(events);
      onState?.({ isReady: true, reason: null, position: at.position });
      if (signal.aborted) return;
    }
  }
}

async function encoded(
  events: readonly StoredEvent[],
  encode: (event: StoredEvent, batch: RelayedBatch) => PlacedMessage,
  topic: string,
  after: bigint,
  bus: EventBus,
): Promise<PlacedMessage[]> {
  if (events.length === 0) return [];
  const batch = { after, partitions: await bus.partitionCount(topic) };
  return events.map((event) => encode(event, batch));
}

/** What can come right while we wait: a broker or store that is down, a limit that is raised, a topic that is created, a right that is granted. */
function isMendable(error: unknown): boolean {
  if (error instanceof BusError)
    return (
      error.isRetryable || error.code === 'too_large' || error.code === 'unknown_topic' || error.code === 'not_allowed'
    );
  const { name, code } = error as { name?: string; code?: string };
  return name === 'EventStoreError' && code === 'unavailable';
}
