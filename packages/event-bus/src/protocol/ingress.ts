import { setTimeout as delay } from 'node:timers/promises';
import { BusError, RetryLater } from '../bus-error.ts';
import type { Batch, BusLogger, ConsumeOptions, EventBus, Message, OutgoingMessage } from '../event-bus.ts';
import type { Fault } from './cloudevents-binding.ts';
import { type DecodedBatch, decodeBatch, type IngressBatch } from './ingress-batch.ts';
import { EVENTS_TOPIC, REJECTED_TOPIC } from './log-message.ts';

/** What became of a batch: the four counts add up to the number of its values, and `problems` names those that were not stored. */
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
 * Decides and stores. When it resolves, what it calls accepted is durable and what it does not accept is kept. Throws an
 * `EventStoreError` `unavailable` or `full` when nothing can be promised; the same batch then comes again.
 */
export type Accept = (batch: IngressBatch) => Promise<IngressOutcome>;

export interface IngressCounts extends Omit<IngressOutcome, 'problems'> {
  readonly messages: number;
  /** Messages without a key, and with another key than their event's customer: taken, but their order may differ from the sender's. */
  readonly withoutKey: number;
  readonly otherKey: number;
}

export interface IngressOptions extends Pick<ConsumeOptions, 'signal' | 'onState' | 'onProgress' | 'onHole'> {
  readonly bus: EventBus;
  readonly accept: Accept;
  readonly logger: BusLogger;
  readonly groupId?: string;
  readonly topic?: string;
  readonly rejectedTopic?: string;
  /** Partitions worked on at once: their appends share transactions in the store. */
  readonly concurrency?: number;
  readonly chunkMax?: number;
  readonly onCounts?: (counts: IngressCounts) => void;
  readonly now?: () => number;
}

/** What is decoded in one go: all else that the process does waits meanwhile. */
const CHUNK_BYTES_MAX = 2 * 1024 * 1024;

/**
 * `touchstone.events` into the log. A message is done with, and its offset committed, only after the append that holds its events returned and,
 * where one was not accepted, after the message stands in `touchstone.events.rejected`. A store that is down pauses the partition.
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
    ...(options.onHole && { onHole: options.onHole }),
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
  /** Among the events of a batch message, from 0. */
  readonly index: number;
  readonly code: string;
  readonly errors: readonly Fault[];
}

/** The messages in which something was not stored, each with what. */
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

/** Reasons are for a reader, not for a machine that counts them: beyond this length the rest is in the store's own rejections. */
const REASONS_MAX = 16_000;

/** The message as it came, with why it was refused and where it stood. */
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
 * Tried here until it is there: handling the whole batch anew would keep each rejection once more. A message that only with its reasons is over the
 * limit goes without its value, which the store has kept.
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

/** By name: an adapter of the store may come with a copy of the class of its own. */
function storeIsDown(error: unknown): boolean {
  const { name, code } = error as { name?: string; code?: string };
  return name === 'EventStoreError' && (code === 'unavailable' || code === 'full' || code === 'sealed');
}
