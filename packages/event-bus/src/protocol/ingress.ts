import { setTimeout as delay } from 'node:timers/promises';
import { BusError, RetryLater } from '../bus-error.ts';
import type { Batch, BusLogger, ConsumeOptions, EventBus, Message, OutgoingMessage } from '../event-bus.ts';
import type { Fault } from './cloudevents-binding.ts';
import { type DecodedBatch, decodeBatch, type IngressBatch } from './ingress-batch.ts';
import { EVENTS_TOPIC, REJECTED_TOPIC } from './log-message.ts';

/**
 * The outcome of a batch: the four counts add up to its number of values, and `problems` lists the
 * values that were not stored.
 */
export interface IngressOutcome {
  readonly accepted: number;
  readonly duplicates: number;
  readonly conflicts: number;
  readonly rejected: number;
  readonly problems: readonly {
    readonly index: number;
    readonly code: string;
    readonly errors: readonly Fault[];
  }[];
}

/**
 * Decides and stores a batch. When it resolves, accepted events are durable and all others are kept
 * as rejections; it throws `EventStoreError` `unavailable` or `full` if it can promise nothing, and
 * the caller sends the same batch again.
 */
export type Accept = (batch: IngressBatch) => Promise<IngressOutcome>;

export interface IngressCounts extends Omit<IngressOutcome, 'problems'> {
  readonly messages: number;
  /**
   * Messages without a key, and messages whose key is not their event's customer. Both are
   * accepted, but their order may differ from the sender's.
   */
  readonly withoutKey: number;
  readonly otherKey: number;
}

export interface IngressOptions extends Pick<ConsumeOptions, 'signal' | 'onState' | 'onProgress' | 'onOffsetGap'> {
  readonly bus: EventBus;
  readonly accept: Accept;
  readonly logger: BusLogger;
  readonly groupId?: string;
  readonly topic?: string;
  readonly rejectedTopic?: string;
  /** Partitions handled in parallel: their appends share transactions in the store. */
  readonly concurrency?: number;
  readonly chunkMax?: number;
  readonly onCounts?: (counts: IngressCounts) => void;
  readonly now?: () => number;
}

/** Maximum bytes decoded in one synchronous step, because it blocks the event loop. */
const CHUNK_BYTES_MAX = 2 * 1024 * 1024;

/**
 * Stores the events of `touchstone.events` in the log. It commits a message's offset only after the
 * append of its events has returned and a message with refused events is in
 * `touchstone.events.rejected`; a store that is down pauses the partition.
 */
export async function ingress(options: IngressOptions): Promise<void> {
  const { bus, accept, onCounts, signal, logger, topic = EVENTS_TOPIC, rejectedTopic = REJECTED_TOPIC } = options;
  const now = options.now ?? Date.now;
  await bus.consume({
    topic,
    groupId: options.groupId ?? 'touchstone.ingest',
    signal,
    concurrency: options.concurrency ?? 4,
    ...(options.chunkMax !== undefined && { chunkMax: options.chunkMax }),
    chunkBytesMax: CHUNK_BYTES_MAX,
    ...(options.onState && { onState: options.onState }),
    ...(options.onProgress && { onProgress: options.onProgress }),
    ...(options.onOffsetGap && { onOffsetGap: options.onOffsetGap }),
    async handle(batch) {
      const decoded = decodeBatch(batch);
      const outcome = await accept(decoded).catch((error: unknown) => {
        throw storeIsDown(error) ? new RetryLater((error as Error).message, { cause: error }) : error;
      });
      const rejected = faultsByMessage(outcome, decoded).map(([index, faults]) =>
        rejectedMessage(batch, batch.messages[index] as Message, faults, now()),
      );
      await sendRejected(rejected, { bus, topic: rejectedTopic, signal, batch, logger });
      const { problems: _, ...counts } = outcome;
      const { missing, other } = decoded.keys;
      onCounts?.({ ...counts, messages: batch.messages.length, withoutKey: missing, otherKey: other });
    },
  });
}

interface BadEvent {
  /** Index within a batch message, from 0. */
  readonly index: number;
  readonly code: string;
  readonly errors: readonly Fault[];
}

/** The messages with at least one event that was not stored, each with those events. */
function faultsByMessage({ problems }: IngressOutcome, { messageOf }: DecodedBatch): [number, BadEvent[]][] {
  const bad = new Map<number, BadEvent[]>();
  for (const { index, code, errors } of problems) {
    const message = messageOf[index] as number;
    const faults = bad.get(message) ?? [];
    faults.push({ index: index - messageOf.indexOf(message), code, errors });
    bad.set(message, faults);
  }
  return [...bad];
}

/**
 * Maximum characters of the reasons in a header: people read them, and the store's own rejections
 * hold the rest.
 */
const REASONS_MAX = 16_000;

/** The original message plus headers with the reasons of its refusal and its original position. */
function rejectedMessage(
  { topic, partition }: Batch,
  { key, value, headers, offset }: Message,
  faults: readonly BadEvent[],
  at: number,
): OutgoingMessage {
  const kept = Object.entries(headers).map(([name, header]) => [name, header ?? ''] as const);
  return {
    key,
    value,
    headers: {
      ...Object.fromEntries(kept),
      'touchstone-code': faults[0]?.code ?? 'rejected',
      'touchstone-errors': JSON.stringify(faults).slice(0, REASONS_MAX),
      'touchstone-topic': topic,
      'touchstone-partition': String(partition),
      'touchstone-offset': String(offset),
      'touchstone-rejected-at': new Date(at).toISOString(),
    },
    label: `the rejected message ${topic}/${partition}/${offset}`,
  };
}

/**
 * Retries until the topic has the messages, because handling the whole batch again would store each
 * rejection twice. A message that only its reasons push over the limit is sent without its value,
 * which the store has kept.
 */
async function sendRejected(
  messages: readonly OutgoingMessage[],
  to: { bus: EventBus; topic: string; signal: AbortSignal; batch: Batch; logger: BusLogger },
): Promise<void> {
  if (messages.length === 0) return;
  for (let pause = 200; ; pause = Math.min(pause * 2, 5_000)) {
    try {
      return await to.bus.produce(to.topic, messages);
    } catch (error) {
      if (!(error instanceof BusError)) throw error;
      if (error.code === 'too_large') return sendEach(messages, to);
      if (!error.isRetryable || to.signal.aborted) throw error;
      to.logger.warn({ topic: to.topic, err: error }, 'rejected messages wait for their topic');
      await delay(pause, undefined, { signal: to.signal }).catch(() => {});
      await to.batch.assertOwned();
    }
  }
}

async function sendEach(
  messages: readonly OutgoingMessage[],
  { bus, topic, logger }: { bus: EventBus; topic: string; logger: BusLogger },
): Promise<void> {
  for (const message of messages) {
    try {
      await bus.produce(topic, [message]);
    } catch (error) {
      if (!(error instanceof BusError) || error.code !== 'too_large') throw error;
      logger.warn({ topic, err: error }, 'a rejected message goes without its value; the store keeps it whole');
      await bus.produce(topic, [
        { ...message, value: null, headers: { ...message.headers, 'touchstone-value': 'left out: too large' } },
      ]);
    }
  }
}

/**
 * Compares names instead of using `instanceof`: an adapter of the store may bundle its own copy of
 * the class.
 */
function storeIsDown(error: unknown): boolean {
  const { name, code } = error as { name?: string; code?: string };
  return name === 'EventStoreError' && (code === 'unavailable' || code === 'full' || code === 'sealed');
}
