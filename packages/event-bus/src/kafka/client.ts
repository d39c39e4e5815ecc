import { readFileSync } from 'node:fs';
import net from 'node:net';
import tls from 'node:tls';
import kafkajs from 'kafkajs';
import type { BusLogger, BusTimes } from '../event-bus.ts';
import { gzipCodec, lz4Codec, snappyCodec, zstdCodec } from './codecs.ts';
import type { KafkaConfig } from './url.ts';

export type { Admin, Consumer, EachBatchPayload, KafkaMessage, Producer } from 'kafkajs';

/**
 * Without these one compressed message, as any Java producer may send, stops a consumer for good. The client keeps
 * its codecs in one table per process, so they are set when this file is loaded.
 */
const { CompressionTypes, CompressionCodecs } = kafkajs;
CompressionCodecs[CompressionTypes.GZIP] = () => gzipCodec;
CompressionCodecs[CompressionTypes.Snappy] = () => snappyCodec;
CompressionCodecs[CompressionTypes.LZ4] = () => lz4Codec;
CompressionCodecs[CompressionTypes.ZSTD] = () => zstdCodec;

const COMPRESSION = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
} as const;

/** One life of the client: what has been made from it ends together. */
export interface KafkaClient {
  admin(): kafkajs.Admin;
  producer(): kafkajs.Producer;
  consumer(groupId: string): kafkajs.Consumer;
  readonly compression: kafkajs.CompressionTypes;
  /**
   * Destroys every connection and opens no new one. The client retries in the background even after a disconnect; this is what makes an
   * abandoned send certain to arrive now or never.
   */
  cut(): void;
}

export type NewClient = () => KafkaClient;

export function kafkaClients(config: KafkaConfig, times: BusTimes, logger: BusLogger): NewClient {
  const ssl: tls.ConnectionOptions | undefined = config.ssl
    ? config.ca
      ? { ca: [readFileSync(config.ca, 'utf8')] }
      : {}
    : undefined;
  return () => {
    const sockets = cuttableSockets();
    const retry = { initialRetryTime: 100, maxRetryTime: 1_000, multiplier: 2, factor: 0.2, retries: 8 };
    const kafka = new kafkajs.Kafka({
      brokers: [...config.brokers],
      clientId: config.clientId,
      ...(ssl && { ssl }),
      ...(config.sasl && { sasl: config.sasl as kafkajs.SASLOptions }),
      connectionTimeout: times.connectMs,
      authenticationTimeout: times.requestMs,
      requestTimeout: times.requestMs,
      // Every break-down comes to us, so that there is one place that replaces a consumer, counts it and says so.
      retry: { ...retry, restartOnFailure: async () => false },
      socketFactory: sockets.factory,
      logLevel: kafkajs.logLevel.INFO,
      logCreator: () => logWith(logger, sockets.isCut),
    });
    const common = { metadataMaxAge: times.metadataMs, allowAutoTopicCreation: false };
    return {
      admin: () => kafka.admin(),
      producer: () =>
        kafka.producer({
          ...common,
          // The Java client's hash. Our own messages name their partition; this is for what does not.
          createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
          idempotent: true,
          maxInFlightRequests: 1,
        }),
      consumer: (groupId) =>
        kafka.consumer({
          ...common,
          groupId,
          sessionTimeout: times.sessionMs,
          heartbeatInterval: times.heartbeatMs,
          rebalanceTimeout: times.rebalanceMs,
          // A minute: a consumer that outlives its broker keeps its membership. A fresh one is let in only when the old one's session has run out.
          retry: { ...retry, retries: 60, restartOnFailure: async () => false },
          // A partition's own thousands of events at once: with the client's 1 MiB an insert would hold a thousand.
          maxBytesPerPartition: 4 * 1024 * 1024,
          // The client looks at its group between two fetches, so a long wait on a quiet topic would hold up every rebalance.
          maxWaitTimeInMs: Math.min(500, times.heartbeatMs),
        }),
      compression: COMPRESSION[config.compression],
      cut: sockets.cut,
    };
  };
}

function cuttableSockets() {
  const open = new Set<net.Socket>();
  let isCut = false;
  return {
    isCut: () => isCut,
    factory: ({ host, port, ssl, onConnect }: kafkajs.ISocketFactoryArgs): net.Socket => {
      if (isCut) throw new Error('this client has been abandoned');
      const socket = ssl
        ? tls.connect({ host, port, ...(net.isIP(host) ? {} : { servername: host }), ...ssl }, onConnect)
        : net.connect({ host, port }, onConnect);
      socket.setKeepAlive(true, 60_000).setNoDelay(true);
      open.add(socket);
      socket.once('close', () => open.delete(socket));
      return socket;
    },
    cut: () => {
      isCut = true;
      // With an error, because that is how the client learns of it: else its timers would keep the process alive.
      for (const socket of open) socket.destroy(new Error('this client has been abandoned'));
    },
  };
}

/**
 * The client calls every retry an error and every rebalance a warning. What it cannot mend by itself reaches us as an error and is
 * logged by us; so its own lines go one step down.
 */
function logWith(logger: BusLogger, isCut: () => boolean) {
  const { ERROR, WARN } = kafkajs.logLevel;
  return ({ namespace, level, log }: kafkajs.LogEntry): void => {
    const { message, timestamp: _, logger: __, stack: ___, ...details } = log;
    const write = isCut() ? 'debug' : level === ERROR ? 'warn' : level === WARN ? 'info' : 'debug';
    logger[write]({ kafka: namespace, ...details }, message);
  };
}
