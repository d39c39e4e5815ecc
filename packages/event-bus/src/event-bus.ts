/** The port of the bus: everything that the services know of Kafka. */

/** Headers in their wire form: bytes, and an array where a message repeats a name. */
export type Headers = Readonly<Record<string, Buffer | string | (Buffer | string)[] | null | undefined>>;

export interface Message {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Headers;
  readonly offset: bigint;
  /** ms since 1970, set by the producer or the broker, depending on the topic's settings. */
  readonly sentAt: number;
}

/** Consecutive messages of one partition. */
export interface Batch {
  readonly topic: string;
  readonly partition: number;
  readonly messages: readonly Message[];
  /**
   * Throws if this process has lost the partition to another, because it stalled for longer than a
   * session. Call it before a write that nothing else guards; it is best effort (a loss may go
   * unnoticed for a while), so such writes must also be fenced.
   */
  assertOwned(): Promise<void>;
}

/**
 * An offset gap: messages that this group cannot read, because retention deleted them first or the
 * client cannot decompress them.
 */
export interface OffsetGap {
  readonly why: 'deleted' | 'unreadable';
  readonly topic: string;
  readonly partition: number;
  /** First missing offset (inclusive) and first offset after the gap. */
  readonly from: bigint;
  readonly to: bigint;
  /** The message at `to`; `null` if there is none yet, or if it cannot be decompressed either. */
  readonly next: Message | null;
}

export interface ConsumerState {
  /**
   * True while the group has assigned partitions to this consumer (possibly none) and the broker
   * answers.
   */
  readonly isReady: boolean;
  /** The condition that the consumer waits for while it is not ready. */
  readonly reason: string | null;
  /** Consumers that broke down and were replaced by a new one. */
  readonly restarts: number;
  readonly partitions: readonly number[];
  /** Partitions that are paused because their handler threw {@link RetryLater}. */
  readonly paused: readonly number[];
}

export interface ConsumeOptions {
  readonly topic: string;
  readonly groupId: string;
  /**
   * Handles one chunk; the consumer commits the chunk's offsets after it resolves. {@link
   * RetryLater} pauses the partition; any other error ends the consumer with that error and commits
   * nothing, so the next consumer gets the same chunk.
   */
  readonly handle: (batch: Batch) => Promise<void>;
  /** Aborting it ends the consumer after the chunk in progress. */
  readonly signal: AbortSignal;
  /** Maximum number of messages per call of `handle`. */
  readonly chunkMax?: number;
  /** Maximum bytes of the message values per chunk; a single message may exceed it. */
  readonly chunkBytesMax?: number;
  /** Partitions handled in parallel; each keeps its order. */
  readonly concurrency?: number;
  /**
   * Called before the first `handle` of these partitions, with the topic's total number of
   * partitions.
   */
  readonly onAssigned?: (partitions: readonly number[], ofPartitions: number) => void | Promise<void>;
  /**
   * Called when another consumer may own these partitions by now; no chunk of them is in progress.
   */
  readonly onRevoked?: (partitions: readonly number[]) => void | Promise<void>;
  /**
   * Called before the messages after the gap are handled; throw to stop. Without it the consumer
   * logs the gap as an error and skips it.
   */
  readonly onOffsetGap?: (gap: OffsetGap) => void | Promise<void>;
  readonly onState?: (state: ConsumerState) => void;
  /** Called after each committed chunk; `lag` counts the messages of the partition after it. */
  readonly onProgress?: (progress: { partition: number; offset: bigint; messages: number; lag: bigint }) => void;
}

export interface OutgoingMessage {
  readonly key: string | Buffer | null;
  readonly value: string | Buffer | null;
  readonly headers: Record<string, string | Buffer | (string | Buffer)[]>;
  /** Overrides the partition that the key would choose. */
  readonly partition?: number;
  /** The name of the message in errors, e.g. `event 17 of source shop`. */
  readonly label?: string;
}

export interface TopicSpec {
  readonly topic: string;
  /** A topic with fewer partitions is refused: parallel readers could not share it. */
  readonly partitionsMin: number;
  /** Topic settings; applied only when the bus creates the topic. */
  readonly config?: Readonly<Record<string, string>>;
  /** Refuses a compacted topic: compaction would delete messages that are not repeats. */
  readonly mustKeepAll?: boolean;
}

export interface EventBus {
  /**
   * Creates the missing topics (with `?topics=check`: refuses them) and checks those that exist.
   * Throws {@link BusError} with advice.
   */
  ensureTopics(specs: readonly TopicSpec[]): Promise<void>;
  partitionCount(topic: string): Promise<number>;
  /**
   * Resolves when all in-sync replicas have every message; sends run one after another and keep the
   * order per partition. If it throws, a prefix of each partition's messages may have been stored,
   * so sending the whole list again repeats some and loses none.
   */
  produce(topic: string, messages: readonly OutgoingMessage[]): Promise<void>;
  /**
   * Resolves after `signal` aborts; rejects with an error that no retry can mend. A consumer that
   * breaks down is replaced by a new one.
   */
  consume(options: ConsumeOptions): Promise<void>;
  /** The last message of each partition, by partition number; `null` for an empty one. */
  lastMessages(topic: string): Promise<(Message | null)[]>;
  /**
   * Readiness probe: asks a broker for the cluster, resolves to `null` or to a description of the
   * failure.
   */
  check(): Promise<string | null>;
  close(): Promise<void>;
}

/** All timeouts and intervals of the bus, in ms. */
export interface BusTimes {
  /**
   * The broker evicts a consumer that sends no heartbeat for this long, and gives its partitions to
   * others.
   */
  readonly sessionMs: number;
  readonly heartbeatMs: number;
  /** The longest time for which a rebalance waits for a consumer that is still handling a chunk. */
  readonly rebalanceMs: number;
  readonly connectMs: number;
  readonly requestMs: number;
  /** Limit of one `produce` with all its retries. */
  readonly sendMs: number;
  /** Refresh interval of the topic metadata: new partitions are noticed after this time. */
  readonly metadataMs: number;
  /**
   * First and longest delay before a paused partition is resumed, or a broken consumer is replaced.
   */
  readonly pauseMs: readonly [first: number, longest: number];
}

export const defaultTimes: BusTimes = {
  sessionMs: 6_000,
  heartbeatMs: 1_000,
  rebalanceMs: 30_000,
  connectMs: 3_000,
  requestMs: 10_000,
  sendMs: 30_000,
  metadataMs: 30_000,
  pauseMs: [200, 10_000],
};

/** Structural type: a pino logger fits. */
export interface BusLogger {
  debug(details: object, message: string): void;
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}
