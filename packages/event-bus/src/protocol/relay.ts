import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { backoffMs } from '@touchstone/async';
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
  /** Every event up to this position is in the topic; `null` until the topic has been read. */
  readonly position: bigint | null;
}

export interface RelayOptions {
  readonly store: Pick<EventStore, 'subscribe' | 'identity' | 'holds'>;
  readonly bus: EventBus;
  readonly signal: AbortSignal;
  readonly logger: BusLogger;
  readonly logTopic?: string;
  readonly changesTopic?: string;
  /** Maximum number of events per send. */
  readonly batchMax?: number;
  /** First and longest delay after a failure, in ms. */
  readonly pauseMs?: readonly [first: number, longest: number];
  /** Called after every in-sync replica has the events; a restart may repeat some. */
  readonly onRelayed?: (events: readonly StoredEvent[]) => void;
  readonly onState?: (state: RelayState) => void;
}

/**
 * Sends the log to `touchstone.log`, in order and at least once, and its announcements (streams
 * `changes-*` and `alerts`) also to `touchstone.changes`, until `signal` aborts. It waits for
 * services that are down; it also waits, with errors in the log, for an event that the topic
 * refuses, because skipping it would lose it.
 */
export async function relay(options: RelayOptions): Promise<void> {
  const { bus, store, signal, logger, onState, logTopic = LOG_TOPIC } = options;
  const [firstMs, longestMs] = options.pauseMs ?? [200, 5_000];
  const at: { relayed: Relayed | null } = { relayed: null };
  let failures = 0;
  while (!signal.aborted) {
    try {
      const log = await store.identity();
      at.relayed ??= await resumeAt(bus, logTopic, (message) => isOfLog(store, log, message));
      onState?.({ isReady: true, reason: null, position: at.relayed.position });
      const origin = { log, run: randomBytes(6).toString('base64url') };
      await relayFrom(at as { relayed: Relayed }, options, origin, () => {
        failures = 0;
      });
    } catch (error) {
      if (signal.aborted) break;
      if (!isMendable(error)) throw error;
      const { message } = error as Error;
      const position = at.relayed?.position ?? null;
      // After a restore from a backup the topic keeps the lost history: resend from the last
      // position that both share, in a new run. Readers ask the log which messages belong to it.
      if (isDiverged(error)) at.relayed = null;
      onState?.({ isReady: false, reason: message, position });
      const pauseMs = backoffMs(failures++, { firstMs, longestMs });
      logger.error({ topic: logTopic, pauseMs, position: String(position), err: error }, 'the relay waits');
      await delay(pauseMs, undefined, { signal }).catch(() => {});
    }
  }
  onState?.({ isReady: false, reason: 'stopped', position: at.relayed?.position ?? null });
}

/** Whether a stream has the system's own announcements: about a customer, or of alerts. */
const isAnnouncing = (stream: string) => stream.startsWith('changes-') || stream === 'alerts';

/**
 * The position up to which everything is in the topic. `0n` for an empty topic, which the relay
 * fills from the beginning of the log.
 */
export async function resumePosition(bus: EventBus, topic: string): Promise<bigint> {
  return (await resumeAt(bus, topic, async () => true)).position;
}

/**
 * Each message carries the position up to which everything had been acknowledged when it was sent,
 * so a restarted relay finds its place in the topic itself. A separate checkpoint could be ahead of
 * the topic or behind it.
 */
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

/**
 * Whether the log holds the event of a message. Messages of earlier versions carry no proof and
 * count as held.
 */
export async function isOfLog(
  store: Pick<EventStore, 'holds'>,
  log: string,
  message: Pick<LogMessage, 'origin' | 'history'>,
): Promise<boolean> {
  if (message.origin === undefined) return true;
  const history = message.history();
  return message.origin.log === log && (history === undefined || (await store.holds(history)));
}

/**
 * Two relays at once (one that stalled and its replacement) repeat messages and lose none. Each
 * starts from the topic's content and omits nothing, so every message still has all earlier log
 * events of its partition before it.
 */
async function relayFrom(
  at: { relayed: Relayed },
  options: RelayOptions,
  origin: MessageOrigin,
  onSuccess: () => void,
): Promise<void> {
  const { store, bus, signal, onRelayed, onState, logTopic = LOG_TOPIC, changesTopic = CHANGES_TOPIC } = options;
  const { batchMax = 1_000 } = options;
  // A partition without events gets watermarks, so that a reader of all partitions need not wait
  // for it.
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
      const announcements = events.filter(({ stream }) => isAnnouncing(stream));
      const { position } = at.relayed;
      const messages = await encoded(events, encodeLogMessage, logTopic, position, bus, origin);
      await bus.produce(logTopic, messages);
      await bus.produce(changesTopic, await encoded(announcements, encodeChange, changesTopic, position, bus, origin));
      // Advance only now: the next batch declares that this one, announcements included, is stored.
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

/**
 * Whether waiting can help: a broker or store that is down, a limit to be raised, a topic to be
 * created, a right to be granted.
 */
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
