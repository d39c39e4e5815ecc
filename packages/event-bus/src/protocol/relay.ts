import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type EventStore, proofOf, type StoredEvent, withTurns } from '@touchstone/event-store';
import { BusError } from '../bus-error.ts';
import type { BusLogger, EventBus } from '../event-bus.ts';
import {
  CHANGES_TOPIC,
  decodeLogMessage,
  encodeChange,
  encodeLogMessage,
  LOG_TOPIC,
  type LogMessage,
  type MessageOrigin,
  type PlacedMessage,
  type Relayed,
  type RelayedBatch,
} from './log-message.ts';
import { marksOf } from './watermarks.ts';

export interface RelayState {
  readonly isReady: boolean;
  readonly reason: string | null;
  /** Everything up to it is in the topic; `null` until the topic has been read. */
  readonly position: bigint | null;
}

export interface RelayOptions {
  readonly store: Pick<EventStore, 'subscribe' | 'identity' | 'holds'>;
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
 * What the topic holds of a history that the log has lost, because it was put back from a backup, stays there; from the last position that both have the
 * log is sent again, in a new run, whose readers know by the log which messages are of it.
 *
 * Two relays at once (one that stalled and the one that replaced it) repeat messages and lose none: each begins at what is there and leaves nothing
 * out, so whatever stands before a message in its partition holds all that comes before it in the log.
 */
export async function relay(options: RelayOptions): Promise<void> {
  const { bus, store, signal, logger, onState, logTopic = LOG_TOPIC } = options;
  const [firstPause, longestPause] = options.pauseMs ?? [200, 5_000];
  const at: { relayed: Relayed | null } = { relayed: null };
  let pause = firstPause;
  while (!signal.aborted) {
    try {
      const log = await store.identity();
      at.relayed ??= await resumeAt(bus, logTopic, (message) => isOfLog(store, log, message));
      onState?.({ isReady: true, reason: null, position: at.relayed.position });
      const origin = { log, run: randomBytes(6).toString('base64url') };
      await relayFrom(at as { relayed: Relayed }, options, origin, () => {
        pause = firstPause;
      });
    } catch (error) {
      if (signal.aborted) break;
      if (!isMendable(error)) throw error;
      const { message } = error as Error;
      const position = at.relayed?.position ?? null;
      // Where it goes on the topic says, by what of it the log still holds.
      if (isDiverged(error)) at.relayed = null;
      onState?.({ isReady: false, reason: message, position });
      logger.error({ topic: logTopic, pauseMs: pause, position: String(position), err: error }, 'the relay waits');
      await delay(pause, undefined, { signal }).catch(() => {});
      pause = Math.min(pause * 2, longestPause);
    }
  }
  onState?.({ isReady: false, reason: 'stopped', position: at.relayed?.position ?? null });
}

/** Everything up to this position is in the topic. `0n` for an empty one, which is then filled from the beginning of the log. */
export async function resumePosition(bus: EventBus, topic: string): Promise<bigint> {
  return (await resumeAt(bus, topic, async () => true)).position;
}

async function resumeAt(
  bus: EventBus,
  topic: string,
  isOurs: (message: LogMessage) => Promise<boolean>,
): Promise<Relayed> {
  let furthest: Relayed = { position: 0n, history: undefined };
  for (const [partition, sent] of (await bus.lastMessages(topic)).entries()) {
    if (sent === null) continue;
    const message = decodeLogMessage(sent, `${topic} partition ${partition}`);
    if (message.after <= furthest.position || !(await isOurs(message))) continue;
    furthest = { position: message.after, history: message.history() };
  }
  return furthest;
}

/** Whether the log holds what a message tells of; those of earlier versions say nothing that could be asked. */
export async function isOfLog(
  store: Pick<EventStore, 'holds'>,
  log: string,
  message: Pick<LogMessage, 'origin' | 'history'>,
): Promise<boolean> {
  if (message.origin === undefined) return true;
  const history = message.history();
  return message.origin.log === log && (history === undefined || (await store.holds(history)));
}

async function relayFrom(
  at: { relayed: Relayed },
  options: RelayOptions,
  origin: MessageOrigin,
  onSuccess: () => void,
): Promise<void> {
  const { store, bus, signal, onRelayed, onState, logTopic = LOG_TOPIC, changesTopic = CHANGES_TOPIC } = options;
  const { batchMax = 1_000 } = options;
  const marks = marksOf(bus, logTopic, origin);
  const { position: after, history } = at.relayed;
  const subscribe = (until: AbortSignal) => store.subscribe({ after, history, pageSize: batchMax, signal: until });
  const nextMarks = () => {
    const dueInMs = marks.dueInMs();
    if (dueInMs === undefined) return undefined;
    return dueInMs > 0 ? delay(dueInMs, undefined, { ref: false }) : Promise.resolve();
  };
  for await (const item of withTurns(subscribe, signal, nextMarks)) {
    if (item === 'turn') {
      await marks.send(at.relayed);
      continue;
    }
    if (item.kind === 'caughtUp') {
      marks.caughtUp();
      continue;
    }
    for (let from = 0; from < item.events.length; from += batchMax) {
      const events = item.events.slice(from, from + batchMax);
      const announcements = events.filter(({ stream }) => stream.startsWith('changes-'));
      const { position } = at.relayed;
      const messages = await encoded(events, encodeLogMessage, logTopic, position, bus, origin);
      await bus.produce(logTopic, messages);
      await bus.produce(changesTopic, await encoded(announcements, encodeChange, changesTopic, position, bus, origin));
      // Only now: the next batch says with it that this one, announcements included, is there.
      const last = events.at(-1) as StoredEvent;
      at.relayed = { position: last.position, history: proofOf(last) };
      for (const [index, { partition }] of messages.entries()) marks.sent(partition, events[index]!.position);
      onSuccess();
      onRelayed?.(events);
      onState?.({ isReady: true, reason: null, position: last.position });
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
  origin: MessageOrigin,
): Promise<PlacedMessage[]> {
  if (events.length === 0) return [];
  const batch = { after, partitions: await bus.partitionCount(topic), origin };
  return events.map((event) => encode(event, batch));
}

/** What can come right while we wait: a broker or store that is down, a limit that is raised, a topic that is created, a right that is granted. */
function isMendable(error: unknown): boolean {
  if (error instanceof BusError)
    return (
      error.isRetryable || error.code === 'too_large' || error.code === 'unknown_topic' || error.code === 'not_allowed'
    );
  const { name, code } = error as { name?: string; code?: string };
  return (name === 'EventStoreError' && code === 'unavailable') || isDiverged(error);
}

function isDiverged(error: unknown): boolean {
  const { name, code } = error as { name?: string; code?: string };
  return name === 'EventStoreError' && code === 'diverged';
}
