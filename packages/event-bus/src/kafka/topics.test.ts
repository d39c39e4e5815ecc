import { expect, test } from 'vitest';
import type { Admin, NewClient } from './client.ts';
import { kafkaTopics } from './topics.ts';

/**
 * Fails like the client's own code when no broker answers: see `withBroker` and
 * `fetchTopicMetadata` in kafkajs.
 */
const nothing = async () => (null as unknown as { readonly topicMetadata: never }).topicMetadata;

/**
 * A client that loses every broker between two of its requests, which happens with a real broker
 * only now and then.
 */
const losingBrokers: NewClient = () => ({
  admin: () =>
    ({
      connect: async () => {},
      disconnect: async () => {},
      fetchTopicMetadata: nothing,
      listTopics: nothing,
      describeCluster: nothing,
    }) as unknown as Admin,
  producer: () => expect.unreachable(),
  consumer: () => expect.unreachable(),
  compression: 0,
  cut() {},
});

test('brokers that are lost while they are asked are waited for, as any that do not answer', async () => {
  const config = { brokers: ['127.0.0.1:9'], clientId: 'test', partitions: 1, topics: 'create', ssl: false } as const;
  const times = { sendMs: 1_000, metadataMs: 1_000 };
  const topics = kafkaTopics(losingBrokers, config as never, times as never);
  const unavailable = { code: 'unavailable', isRetryable: true };
  await expect(topics.partitionCount('touchstone.log')).rejects.toMatchObject(unavailable);
  await expect(topics.ensure([{ topic: 'touchstone.log', partitionsMin: 1 }])).rejects.toMatchObject(unavailable);
  await expect(topics.check()).rejects.toMatchObject(unavailable);
});
