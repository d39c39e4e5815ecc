import { setTimeout as pause } from 'node:timers/promises';
import {
  BusError,
  type EventBus,
  ingress,
  type KafkaConfig,
  kafkaBus,
  relay,
  topicContract,
} from '@touchstone/event-bus';
import type { EventStore } from '@touchstone/event-store';
import { acceptEvents } from '@touchstone/ingest';
import { createProgress } from '@touchstone/projector';
import type { Logger, ReadinessCheck, Registry } from '@touchstone/runtime';
import { kafkaMetrics } from './kafka-metrics.ts';

export interface KafkaFlow {
  /** For `/readyz`: what does not flow, and why. */
  readonly checks: readonly ReadinessCheck[];
  /** Resolves after what is in work is stored and its offsets are committed. */
  stopIngress(): Promise<void>;
  /** To be called once nothing appends any more: resolves when the topics end where the log does, or a broker or store that is down has had its time. */
  stopRelay(): Promise<void>;
}

export interface KafkaOptions {
  readonly config: KafkaConfig;
  readonly store: EventStore;
  readonly logger: Logger;
  readonly metrics: Registry;
}

/** First and longest delay before a flow that broke down is begun again. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

/** What is not relayed within this time is relayed after the next start. */
const DRAIN_MS = 5_000;

/**
 * Kafka in (`touchstone.events` into the log) and out (the log to `touchstone.log` and `touchstone.changes`), until stopped. Resolves once the topics are
 * there and as they must be. From then on whatever fails is reported, makes the process not ready, and is tried again.
 * @throws BusError with what to do, if no broker answers, it refuses us, or a topic is unfit.
 */
export async function startKafka({ config, store, logger, metrics }: KafkaOptions): Promise<KafkaFlow> {
  const bus = kafkaBus(config, { logger });
  try {
    await bus.ensureTopics(topicContract());
  } catch (error) {
    await bus.close();
    throw explained(error, config);
  }
  const measured = kafkaMetrics(metrics);
  const inwards = flow('Kafka ingress', logger, (signal, onState) =>
    ingress({
      bus,
      accept: (batch) => acceptEvents({ store }, batch, batch.originOf),
      logger,
      signal,
      onState: (state) => {
        measured.onConsumerState(state);
        onState(state);
      },
      onCounts: measured.onCounts,
      onProgress: measured.onProgress,
      onHole: (hole) => {
        measured.onHole(hole);
        const { topic, partition, from, to } = hole;
        const lost = { topic, partition, from: String(from), to: String(to) };
        logger.error(lost, 'retention deleted messages before they were read: publish them again, or keep them longer');
      },
    }),
  );
  const relayed = createProgress(-1n);
  const outwards = flow('Kafka relay', logger, (signal, onState) =>
    relay({
      store,
      bus,
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
    checks: [brokerCheck(bus), inwards.check, outwards.check],
    stopIngress: inwards.stop,
    stopRelay: async () => {
      const head = await store.head().catch(() => -1n);
      await relayed.reached(head, DRAIN_MS);
      await outwards.stop();
      await bus.close();
    },
  };
}

type Told = (state: { readonly isReady: boolean; readonly reason: string | null }) => void;

/** Runs what runs until its signal; what ends before in an error is begun again, and says meanwhile why it stands still. */
function flow(name: string, logger: Logger, run: (signal: AbortSignal, onState: Told) => Promise<void>) {
  const stopping = new AbortController();
  const { signal } = stopping;
  let fault: string | undefined = 'is starting';
  const onState: Told = ({ isReady, reason }) => {
    fault = isReady ? undefined : (reason ?? 'is not ready');
  };
  async function runAgainAndAgain(): Promise<void> {
    for (let failures = 0; !signal.aborted; failures++) {
      const begun = performance.now();
      try {
        await run(signal, onState);
      } catch (error) {
        if (signal.aborted) return;
        if (performance.now() - begun > LONGEST_PAUSE_MS) failures = 0;
        const delayMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures);
        fault = `stands still: ${(error as Error).message}`;
        logger.error({ err: error, delayMs }, `the ${name} broke down and starts again`);
        await pause(delayMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }
  const ended = runAgainAndAgain();
  const check: ReadinessCheck = { name, run: () => fault };
  return {
    check,
    stop: () => {
      stopping.abort();
      return ended;
    },
  };
}

function brokerCheck(bus: EventBus): ReadinessCheck {
  return { name: 'Kafka', run: async () => (await bus.check()) ?? undefined };
}

function explained(error: unknown, { brokers }: KafkaConfig): unknown {
  if (!(error instanceof BusError) || error.code !== 'unavailable') return error;
  const where = brokers.join(', ');
  return new BusError('unavailable', `Kafka at ${where}, which KAFKA_URL names, cannot be used: ${error.message}`, {
    cause: error,
  });
}
