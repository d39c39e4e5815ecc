import { setTimeout as pause } from 'node:timers/promises';
import {
  BusError,
  type ConsumerState,
  type EventBus,
  ingress,
  type KafkaConfig,
  kafkaBus,
  relay,
  topicContract,
} from '@touchstone/event-bus';
import type { EventStore } from '@touchstone/event-store';
import { type AcceptDeps, acceptEvents } from '@touchstone/ingest';
import { createProgress } from '@touchstone/projector';
import type { Logger, ReadinessCheck, Tracing } from '@touchstone/runtime';
import { type Flow, flow } from './flow.ts';
import type { kafkaMetrics } from './kafka-metrics.ts';
import { tracedBus } from './traced-bus.ts';
import { withMessageTraces } from './traced-messages.ts';
import { tracedIngest } from './traced-store.ts';

/** The connected broker, whose topics have been checked. */
export interface Kafka {
  readonly bus: EventBus;
  readonly check: ReadinessCheck;
}

/**
 * Limit for relaying the rest at shutdown; events that are left are relayed after the next start.
 */
const DRAIN_MS = 5_000;

/**
 * Resolves once the topics exist and are configured as required.
 * @throws BusError with advice, if no broker answers, it refuses the connection, or a topic is
 *   unfit.
 */
export async function openKafka(config: KafkaConfig, logger: Logger): Promise<Kafka> {
  const bus = kafkaBus(config, { logger });
  try {
    await bus.ensureTopics(topicContract());
  } catch (error) {
    await bus.close();
    throw explained(error, config);
  }
  return { bus, check: { name: 'Kafka', run: async () => (await bus.check()) ?? undefined } };
}

export interface FlowParts {
  readonly bus: EventBus;
  readonly store: EventStore;
  readonly logger: Logger;
  readonly measured: ReturnType<typeof kafkaMetrics>;
  readonly tracing?: Tracing | undefined;
}

const HOLES = {
  deleted: 'retention deleted messages before they were read: publish them again, or keep them longer',
  unreadable: 'messages cannot be unpacked, or are too large unpacked, and were passed over: publish them again',
} as const;

/** Reads `touchstone.events` into the log. */
export function startIngressFlow({
  bus,
  store,
  latestTime,
  limited,
  logger,
  measured,
  tracing,
}: FlowParts & Pick<AcceptDeps, 'latestTime' | 'limited'>): Flow {
  return flow('Kafka ingress', logger, (signal, onState) =>
    ingress({
      bus,
      accept: (batch) => {
        const traced = tracing === undefined ? batch : withMessageTraces(batch);
        return acceptEvents({ store, latestTime, limited, traced: tracedIngest(tracing) }, traced, batch.originOf);
      },
      logger,
      signal,
      onState: (state: ConsumerState) => {
        measured.onConsumerState(state);
        onState(state);
      },
      onCounts: measured.onCounts,
      onProgress: measured.onProgress,
      onOffsetGap: (gap) => {
        measured.onOffsetGap(gap);
        const { topic, partition, from, to, why } = gap;
        const lost = { topic, partition, from: String(from), to: String(to) };
        logger.error(lost, HOLES[why]);
      },
    }),
  );
}

export interface RelayFlow extends Flow {
  relayedTo(): bigint | null;
}

/**
 * Relays the log to `touchstone.log` and `touchstone.changes`. `stop` first relays the rest of the
 * log, within {@link DRAIN_MS}.
 */
export function startRelayFlow({ bus, store, logger, measured, tracing }: FlowParts): RelayFlow {
  const relayed = createProgress(-1n);
  const outwards = flow('Kafka relay', logger, (signal, onState) =>
    relay({
      store,
      bus: tracedBus(bus, tracing),
      logger,
      signal,
      onState: (state) => {
        measured.onRelayState(state);
        if (state.position !== null) relayed.advance(state.position);
        onState(state);
      },
      onRelayed: measured.onRelayed,
    }),
  );
  return {
    check: outwards.check,
    relayedTo: () => (relayed.position() < 0n ? null : relayed.position()),
    stop: async () => {
      // A separate timer, because a store that is down would take longer to fail.
      const over = new AbortController();
      const allRelayed = store.head().then((head) => relayed.reached(head, DRAIN_MS));
      await Promise.race([allRelayed, pause(DRAIN_MS, undefined, { signal: over.signal })]).catch(() => undefined);
      over.abort();
      await outwards.stop();
    },
  };
}

function explained(error: unknown, { brokers }: KafkaConfig): unknown {
  if (!(error instanceof BusError) || error.code !== 'unavailable') return error;
  const where = brokers.join(', ');
  return new BusError('unavailable', `Kafka at ${where}, which KAFKA_URL names, cannot be used: ${error.message}`, {
    cause: error,
  });
}
