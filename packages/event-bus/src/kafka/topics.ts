import { setTimeout as delay } from 'node:timers/promises';
import { backoffMs } from '@touchstone/async';
import { asBusError, BusError } from '../bus-error.ts';
import type { BusTimes, TopicSpec } from '../event-bus.ts';
import type { Admin, NewClient } from './client.ts';
import type { KafkaConfig } from './url.ts';

export interface Watermarks {
  readonly partition: number;
  /** First offset that exists, and the offset of the next message to be written. */
  readonly low: bigint;
  readonly high: bigint;
}

export interface Topics {
  ensure(specs: readonly TopicSpec[]): Promise<void>;
  /** Number of partitions, cached for `metadataMs`. */
  partitionCount(topic: string): Promise<number>;
  watermarks(topic: string): Promise<Watermarks[]>;
  /** Committed offset of a group per partition; a partition without one is absent from the map. */
  committed(groupId: string, topic: string): Promise<Map<number, bigint>>;
  forgetGroup(groupId: string): Promise<void>;
  check(): Promise<void>;
}

const TOPIC_CONFIG = 2;

export function kafkaTopics(newClient: NewClient, config: KafkaConfig, times: BusTimes): Topics {
  const counts = new Map<string, { count: number; until: number }>();

  /**
   * Opens a connection for one question: questions are rare, and a new client remembers no broker
   * that is gone.
   */
  async function ask<T>(what: string, question: (admin: Admin) => Promise<T>): Promise<T> {
    const client = newClient();
    const admin = client.admin();
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () =>
          reject(new BusError('unavailable', `${what}: no answer from ${config.brokers} within ${times.sendMs} ms`)),
        times.sendMs,
      );
    });
    try {
      return await Promise.race([admin.connect().then(() => whileNotServed(() => question(admin), times)), tooLate]);
    } catch (error) {
      throw asBusError(error, what);
    } finally {
      clearTimeout(timer);
      admin.disconnect().catch(() => {});
      client.cut();
    }
  }

  return {
    ensure: (specs) =>
      ask('the topics', async (admin) => {
        const existing = new Set(await answered(admin.listTopics()));
        for (const spec of specs) await ensureOne(admin, spec, existing.has(spec.topic), config, times);
      }),
    async partitionCount(topic) {
      const known = counts.get(topic);
      if (known && known.until > performance.now()) return known.count;
      const count = await ask(`topic ${topic}`, (admin) => partitionsOf(admin, topic));
      counts.set(topic, { count, until: performance.now() + times.metadataMs });
      return count;
    },
    watermarks: (topic) =>
      ask(`offsets of ${topic}`, async (admin) =>
        (await admin.fetchTopicOffsets(topic))
          .map(({ partition, low, high }) => ({ partition, low: BigInt(low), high: BigInt(high) }))
          .sort((a, b) => a.partition - b.partition),
      ),
    committed: (groupId, topic) =>
      ask(`offsets of group ${groupId}`, async (admin) => {
        const [found] = await admin.fetchOffsets({ groupId, topics: [topic] });
        // A negative offset means none, or that the client wrote it when it was reset to the
        // beginning.
        const known = (found?.partitions ?? []).filter(({ offset }) => !offset.startsWith('-'));
        return new Map(known.map(({ partition, offset }) => [partition, BigInt(offset)]));
      }),
    forgetGroup: (groupId) => ask(`group ${groupId}`, async (admin) => void (await admin.deleteGroups([groupId]))),
    check: () => ask('the cluster', async (admin) => void (await answered(admin.describeCluster()))),
  };
}

async function partitionsOf(admin: Admin, topic: string): Promise<number> {
  const { topics } = await answered(admin.fetchTopicMetadata({ topics: [topic] }));
  return topics[0]?.partitions.length ?? 0;
}

async function create(admin: Admin, spec: TopicSpec, config: KafkaConfig, times: BusTimes): Promise<void> {
  await admin.createTopics({
    // The client could wait for leaders, but it gives up if the broker that it asks does not know
    // the topic yet.
    waitForLeaders: false,
    topics: [
      {
        topic: spec.topic,
        numPartitions: Math.max(config.partitions, spec.partitionsMin),
        // -1 selects the broker's default: usually 3 on a cluster, 1 on a laptop.
        replicationFactor: -1,
        configEntries: Object.entries(spec.config ?? {}).map(([name, value]) => ({ name, value })),
      },
    ],
  });
  await whileNotServed(() => partitionsOf(admin, spec.topic), times, 'created');
}

/** Creates an absent topic if that is allowed, and refuses one that is not as it must be. */
async function ensureOne(
  admin: Admin,
  spec: TopicSpec,
  exists: boolean,
  config: KafkaConfig,
  times: BusTimes,
): Promise<void> {
  const { topic, partitionsMin } = spec;
  if (!exists && config.topics === 'check')
    throw new BusError(
      'unknown_topic',
      `topic ${topic} does not exist. What to do: kafka-topics.sh --create --topic ${topic} --partitions ${Math.max(config.partitions, partitionsMin)}, or let us create it with ?topics=create in KAFKA_URL.`,
    );
  if (!exists) return create(admin, spec, config, times);
  const count = await partitionsOf(admin, topic);
  if (count < partitionsMin)
    throw new BusError(
      'too_few_partitions',
      `topic ${topic} has ${count} of the ${partitionsMin} partitions it needs. What to do: kafka-topics.sh --alter --topic ${topic} --partitions ${partitionsMin} (customers move to other partitions then; the README says what follows).`,
    );
  if (spec.mustKeepAll) await refuseCompaction(admin, topic);
}

/**
 * When every broker is lost during a metadata request, the client reads a field of a missing answer
 * and throws a TypeError. This function turns it into `unavailable`.
 */
async function answered<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new BusError('unavailable', 'the brokers were lost while they were asked what topics there are', {
      cause: error,
    });
  }
}

async function refuseCompaction(admin: Admin, topic: string): Promise<void> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: TOPIC_CONFIG, name: topic, configNames: ['cleanup.policy'] }],
  });
  const policy = resources[0]?.configEntries[0]?.configValue ?? '';
  if (policy.includes('compact'))
    throw new BusError(
      'unfit_topic',
      `topic ${topic} has cleanup.policy=${policy}: all events of a customer but the last would be deleted. What to do: kafka-configs.sh --alter --topic ${topic} --add-config cleanup.policy=delete.`,
    );
}

/**
 * Retries while a broker answers that it does not serve the topic yet, for about a second after the
 * broker or topic started. The client's admin does not retry.
 */
async function whileNotServed<T>(
  ask: () => Promise<T>,
  { sendMs }: BusTimes,
  topic: 'created' | 'unknown' = 'unknown',
): Promise<T> {
  const giveUpAt = performance.now() + sendMs;
  for (let failures = 0; ; failures++) {
    try {
      return await ask();
    } catch (error) {
      const { type, retriable } = error as { type?: string; retriable?: boolean };
      const isMissing = type === 'UNKNOWN_TOPIC_OR_PARTITION' && topic === 'unknown';
      if (type === undefined || !retriable || isMissing || performance.now() > giveUpAt) throw error;
      await delay(backoffMs(failures, { firstMs: 100, longestMs: 400 }));
    }
  }
}
