import { readFileSync } from 'node:fs';
import net from 'node:net';
import tls from 'node:tls';
import kafkajs from 'kafkajs';
import type { BusLogger, BusTimes } from '../event-bus.ts';
import { gzipCodec, lz4Codec, snappyCodec, zstdCodec } from './codecs.ts';
import type { KafkaConfig } from './url.ts';

export type { Admin, Consumer, EachBatchPayload, KafkaMessage, Producer } from 'kafkajs';

/**
 * Registers the codecs that the client lacks: without them one compressed message, which any Java
 * producer may send, stops a consumer for good. The client keeps its codecs in one table per
 * process, so this file sets them when it is loaded.
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

/** One instance of the client with its sockets; `cut` ends everything that was made from it. */
export interface KafkaClient {
  admin(): kafkajs.Admin;
  producer(): kafkajs.Producer;
  consumer(groupId: string): kafkajs.Consumer;
  readonly compression: kafkajs.CompressionTypes;
  /**
   * Destroys every connection and lets no new one open. The client retries in the background even
   * after a disconnect; only this guarantees that an abandoned send does not arrive later.
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
      // `consume` alone replaces a broken consumer, counts it and reports it, so the client must
      // not restart.
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
          // The Java client's hash, for messages without a partition. Our own messages always name
          // theirs.
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
          // About a minute of retries, so that a consumer which outlives its broker keeps its
          // membership. The group admits a new member only after the old one's session has expired.
          retry: { ...retry, retries: 60, restartOnFailure: async () => false },
          // Lets one fetch bring several thousand events of a partition: with the client's default
          // of 1 MiB a batch, and so an INSERT, would hold only about a thousand.
          maxBytesPerPartition: 4 * 1024 * 1024,
          // The client checks its group between two fetches, so a long poll on a quiet topic would
          // delay every rebalance.
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
      // The client notices a destroyed socket only by its error; without one its timers keep the
      // process alive.
      for (const socket of open) socket.destroy(new Error('this client has been abandoned'));
    },
  };
}

/**
 * Logs the client's lines one level lower, because it calls every retry an error and every
 * rebalance a warning. An error that the client cannot mend reaches our code, which logs it.
 */
function logWith(logger: BusLogger, isCut: () => boolean) {
  const { ERROR, WARN } = kafkajs.logLevel;
  return ({ namespace, level, log }: kafkajs.LogEntry): void => {
    const { message, timestamp: _, logger: __, stack: ___, ...details } = log;
    const write = isCut() ? 'debug' : level === ERROR ? 'warn' : level === WARN ? 'info' : 'debug';
    logger[write]({ kafka: namespace, ...details }, message);
  };
}
