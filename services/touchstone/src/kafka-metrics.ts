import type { ConsumerState, IngressCounts, OffsetGap, RelayState } from '@touchstone/event-bus';
import type { StoredEvent } from '@touchstone/event-store';
import { Counter, Gauge, type Registry } from '@touchstone/runtime';

/**
 * Metrics of the events that come in and go out over Kafka; each function takes the argument of a
 * callback of the bus.
 */
export function kafkaMetrics(registry: Registry) {
  const registers = [registry];
  const events = new Counter({
    name: 'touchstone_kafka_events_total',
    help: 'Events read from touchstone.events, by verdict. Only what is durable counts; what was read twice counts as duplicate.',
    labelNames: ['verdict'],
    registers,
  });
  const messages = new Counter({
    name: 'touchstone_kafka_messages_total',
    help: 'Messages read from touchstone.events, by whether their key is the customer, another one or missing: then their order may not be kept.',
    labelNames: ['key'],
    registers,
  });
  const lag = new Gauge({
    name: 'touchstone_kafka_lag_messages',
    help: 'Messages that a partition of touchstone.events still holds behind the last one stored.',
    labelNames: ['partition'],
    registers,
  });
  const paused = new Gauge({
    name: 'touchstone_kafka_paused_partitions',
    help: 'Partitions of touchstone.events that wait for the store.',
    registers,
  });
  const restarts = new Gauge({
    name: 'touchstone_kafka_consumer_restarts',
    help: 'Consumers of touchstone.events that broke down and were replaced.',
    registers,
  });
  const lost = new Counter({
    name: 'touchstone_kafka_messages_lost_total',
    help: 'Messages of touchstone.events that retention deleted before they were read, or that cannot be unpacked.',
    registers,
  });
  const relayed = new Counter({
    name: 'touchstone_relayed_events_total',
    help: 'Events of the log that stand in touchstone.log; after a restart some are sent again.',
    registers,
  });
  const position = new Gauge({
    name: 'touchstone_relayed_position',
    help: 'Everything up to this position of the log is in touchstone.log.',
    registers,
  });
  const told = new Set<number>();
  return {
    onCounts: (counts: IngressCounts): void => {
      events.inc({ verdict: 'accepted' }, counts.accepted);
      events.inc({ verdict: 'duplicate' }, counts.duplicates);
      events.inc({ verdict: 'conflict' }, counts.conflicts);
      events.inc({ verdict: 'rejected' }, counts.rejected);
      messages.inc({ key: 'customer' }, counts.messages - counts.withoutKey - counts.otherKey);
      messages.inc({ key: 'missing' }, counts.withoutKey);
      messages.inc({ key: 'other' }, counts.otherKey);
    },
    onProgress: (progress: { readonly partition: number; readonly lag: bigint }): void => {
      told.add(progress.partition);
      lag.set({ partition: progress.partition }, Number(progress.lag));
    },
    onConsumerState: (state: ConsumerState): void => {
      paused.set(state.paused.length);
      restarts.set(state.restarts);
      // Another process reports the partitions that this one no longer owns.
      for (const partition of told) if (!state.partitions.includes(partition)) lag.remove({ partition });
    },
    onOffsetGap: ({ from, to }: OffsetGap): void => lost.inc(Number(to - from)),
    onRelayState: (state: RelayState): void => {
      if (state.position !== null) position.set(Number(state.position));
    },
    onRelayed: (stored: readonly StoredEvent[]): void => relayed.inc(stored.length),
  };
}
