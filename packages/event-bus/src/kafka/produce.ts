import { Mutex } from 'async-mutex';
import { asBusError, BusError } from '../bus-error.ts';
import type { BusLogger, BusTimes, OutgoingMessage } from '../event-bus.ts';
import { partitionOf } from '../partition-of.ts';
import type { KafkaClient, NewClient, Producer } from './client.ts';
import type { Topics } from './topics.ts';

/**
 * The broker limits the bytes of one batch per partition (1 MiB by default), so requests stay well
 * below it.
 */
const PARTITION_BYTES = 512 * 1024;
const REQUEST_BYTES = 8 * 1024 * 1024;
/** Estimated overhead of a record besides its key, value and headers, in bytes. */
const RECORD_BYTES = 80;

type Placed = OutgoingMessage & { readonly partition: number };

export interface Sender {
  send(topic: string, messages: readonly OutgoingMessage[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * An idempotent producer (acks from all in-sync replicas) that is discarded after any failure;
 * sends run one after another, and every message gets its partition before its first send. Three
 * facts about the client require this:
 *
 * * after a failed request it rolls back the sequence numbers of *every* partition in it, even of
 *   those that were stored; the next messages would reuse sequence numbers that the broker has
 *   seen, and the broker would drop them as duplicates while reporting success;
 * * the same happens when a second send overtakes the retry of a first;
 * * a message without a partition may go to another partition on its retry.
 */
export function kafkaSender(newClient: NewClient, topics: Topics, times: BusTimes, logger: BusLogger): Sender {
  let live: { client: KafkaClient; producer: Producer } | null = null;
  const sending = new Mutex();
  let nextKeyless = 0;
  let isClosed = false;

  function discard(): void {
    live?.client.cut();
    live?.producer.disconnect().catch(() => {});
    live = null;
  }

  async function request(topic: string, messages: readonly Placed[]): Promise<void> {
    if (!live) {
      const client = newClient();
      live = { client, producer: client.producer() };
      await live.producer.connect();
    }
    await live.producer.send({
      topic,
      acks: -1,
      timeout: times.requestMs,
      compression: live.client.compression,
      messages: messages.map(({ key, value, headers, partition }) => ({ key, value, headers, partition })),
    });
  }

  async function withinLimit(topic: string, messages: readonly Placed[], giveUpAt: number): Promise<void> {
    const what = `sending ${messages.length} messages to ${topic}`;
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new BusError('unavailable', `${what}: not acknowledged within ${times.sendMs} ms`)),
        Math.max(0, giveUpAt - performance.now()),
      );
    });
    const sent = request(topic, messages);
    sent.catch(() => {});
    try {
      await Promise.race([sent, tooLate]);
    } catch (error) {
      discard();
      throw asBusError(error, what);
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Halves a request that is over the topic's limit until it fits or is one message, which the
   * error then names.
   */
  async function halving(topic: string, messages: readonly Placed[], giveUpAt: number): Promise<void> {
    try {
      await withinLimit(topic, messages, giveUpAt);
    } catch (error) {
      if (!(error instanceof BusError) || error.code !== 'too_large') throw error;
      if (messages.length === 1) throw tooLarge(topic, messages[0] as Placed, error);
      logger.debug({ topic, messages: messages.length }, 'over the limit of the topic together; sending the halves');
      const middle = messages.length >> 1;
      await halving(topic, messages.slice(0, middle), giveUpAt);
      await halving(topic, messages.slice(middle), giveUpAt);
    }
  }

  async function sendAll(topic: string, messages: readonly OutgoingMessage[]): Promise<void> {
    if (isClosed) throw new BusError('closed', 'the bus is closed');
    const giveUpAt = performance.now() + times.sendMs;
    const partitions = await topics.partitionCount(topic);
    const keyless = nextKeyless++ % partitions;
    const placed = messages.map((message) => ({
      ...message,
      partition: message.partition ?? (message.key === null ? keyless : partitionOf(message.key, partitions)),
    }));
    for (const part of requests(placed)) await halving(topic, part, giveUpAt);
  }

  return {
    send: (topic, messages) => sending.runExclusive(() => sendAll(topic, messages)),
    async close() {
      isClosed = true;
      await sending.runExclusive(discard);
    },
  };
}

const byteLength = (part: string | Buffer | null): number =>
  part === null ? 0 : typeof part === 'string' ? Buffer.byteLength(part) : part.length;

function size({ key, value, headers }: OutgoingMessage): number {
  let bytes = RECORD_BYTES + byteLength(key) + byteLength(value);
  for (const [name, header] of Object.entries(headers))
    for (const one of Array.isArray(header) ? header : [header]) bytes += name.length + byteLength(one) + 4;
  return bytes;
}

/**
 * Splits a list, in order, into requests within the limits; a message above them gets its own
 * request.
 */
function* requests(messages: readonly Placed[]): Generator<Placed[]> {
  let part: Placed[] = [];
  let total = 0;
  let perPartition = new Map<number, number>();
  for (const message of messages) {
    const bytes = size(message);
    const inPartition = (perPartition.get(message.partition) ?? 0) + bytes;
    if (part.length > 0 && (inPartition > PARTITION_BYTES || total + bytes > REQUEST_BYTES)) {
      yield part;
      part = [];
      total = 0;
      perPartition = new Map();
    }
    part.push(message);
    total += bytes;
    perPartition.set(message.partition, (perPartition.get(message.partition) ?? 0) + bytes);
  }
  if (part.length > 0) yield part;
}

function tooLarge(topic: string, message: Placed, cause: BusError): BusError {
  const what = message.label ?? `the message with key ${message.key ?? '(none)'}`;
  return new BusError(
    'too_large',
    `${what} (${size(message)} bytes) is over what topic ${topic} takes. What to do: kafka-configs.sh --alter --topic ${topic} --add-config max.message.bytes=… above that, and the same for what reads it.`,
    { cause },
  );
}
