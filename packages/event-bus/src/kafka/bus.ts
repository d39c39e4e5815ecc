import { type BusLogger, type BusTimes, defaultTimes, type EventBus } from '../event-bus.ts';
import { kafkaClients } from './client.ts';
import { consume } from './consume.ts';
import { lastMessages } from './last-messages.ts';
import { kafkaSender } from './produce.ts';
import { kafkaTopics } from './topics.ts';
import { type KafkaConfig, parseKafkaUrl } from './url.ts';

/**
 * The bus over Kafka. Throws {@link BusError} `invalid_url` at once; the first call (usually
 * `ensureTopics`) is the first to contact a broker, so it reports one that is absent or refuses us.
 */
export function kafkaBus(
  url: string | KafkaConfig,
  options: { readonly logger: BusLogger; readonly times?: Partial<BusTimes> },
): EventBus {
  const config = typeof url === 'string' ? parseKafkaUrl(url) : url;
  const times = { ...defaultTimes, ...options.times };
  const newClient = kafkaClients(config, times, options.logger);
  const topics = kafkaTopics(newClient, config, times);
  const sender = kafkaSender(newClient, topics, times, options.logger);
  const connections = { newClient, topics, times, logger: options.logger };
  return {
    ensureTopics: topics.ensure,
    partitionCount: topics.partitionCount,
    produce: (topic, messages) => (messages.length === 0 ? Promise.resolve() : sender.send(topic, messages)),
    consume: (what) => consume(connections, what),
    lastMessages: (topic) => lastMessages(connections, topic),
    check: () =>
      topics.check().then(
        () => null,
        (error: Error) => error.message,
      ),
    close: sender.close,
  };
}
