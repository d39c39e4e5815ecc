/** The seam of the bus: what the services know of Kafka. */

/** As the wire has them: bytes, and an array where a name was given more than once. */
export type Headers = Readonly<Record<string, Buffer | string | (Buffer | string)[] | null | undefined>>;

export interface Message {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Headers;
  readonly offset: bigint;
  /** ms since 1970, from the producer or the broker, as the topic is set up. */
  readonly sentAt: number;
}

/** Consecutive messages of one partition. */
export interface Batch {
  readonly topic: string;
  readonly partition: number;
  readonly messages: readonly Message[];
  /**
   * Throws where this process has lost the partition to another (it stalled for longer than a session). To be awaited before a write that nothing
   * else guards. It can say no too late, never wrongly: whoever writes must be safe against a second writer all the same.
   */
  assertOwned(): Promise<void>;
}

/** Messages that this group cannot have: retention deleted them before they were read, or they cannot be unpacked. */
export interface Hole {
  readonly why: 'deleted' | 'unreadable';
  readonly topic: string;
  readonly partition: number;
  /** The first offset that is missing, and the first behind the hole. */
  readonly from: bigint;
  readonly to: bigint;
  /** The message at `to`; `null` where none is known, or it cannot be unpacked either. */
  readonly next: Message | null;
}

export interface ConsumerState {
  /** True while the group has given us partitions (none is fine too) and the broker answers. */
  readonly isReady: boolean;
  /** What it waits for, where it is not ready. */
  readonly reason: string | null;
  /** Consumers that broke down and were replaced by a fresh one. */
  readonly restarts: number;
  readonly partitions: readonly number[];
  /** Partitions whose handler asked to be called later. */
  readonly paused: readonly number[];
}

export interface ConsumeOptions {
  readonly topic: string;
  readonly groupId: string;
  /**
   * Takes one chunk; its offsets are committed after it has resolved. {@link RetryLater} pauses the partition. Any other error ends
   * the consumer with that error: nothing of the chunk is committed, a new consumer is given it again.
   */
  readonly handle: (batch: Batch) => Promise<void>;
  /** Ends it, after the chunk in work. */
  readonly signal: AbortSignal;
  /** Messages of one call of `handle`, at most. */
  readonly chunkMax?: number;
  /** Bytes of their values, at most; a message alone may have more. */
  readonly chunkBytesMax?: number;
  /** Partitions worked on at once; each keeps its order. */
  readonly concurrency?: number;
  /** Before the first `handle` of these partitions; also told how many partitions the topic has in all. */
  readonly onAssigned?: (partitions: readonly number[], ofPartitions: number) => void | Promise<void>;
  /** These partitions may be another's by now; nothing of them is in work. */
  readonly onRevoked?: (partitions: readonly number[]) => void | Promise<void>;
  /** Before what follows the hole is handled. Throw to stop. Without it a hole is logged as an error and passed over. */
  readonly onHole?: (hole: Hole) => void | Promise<void>;
  readonly onState?: (state: ConsumerState) => void;
  /** After each chunk that was committed; `lag` is what the partition still holds behind it. */
  readonly onProgress?: (progress: { partition: number; offset: bigint; messages: number; lag: bigint }) => void;
}

export interface OutgoingMessage {
  readonly key: string | Buffer | null;
  readonly value: string | Buffer | null;
  readonly headers: Record<string, string | Buffer | (string | Buffer)[]>;
  /** Instead of the key's own. */
  readonly partition?: number;
  /** What an error calls it, e.g. `event 17 of source shop`. */
  readonly label?: string;
}

export interface TopicSpec {
  readonly topic: string;
  /** Fewer are an error: parallel readers could not share it. */
  readonly partitionsMin: number;
  /** Used when we create it. */
  readonly config?: Readonly<Record<string, string>>;
  /** Compaction would delete what is not a repeat. */
  readonly mustKeepAll?: boolean;
}

export interface EventBus {
  /** Creates what is missing (or says so, with `?topics=check`) and checks what is there. Throws {@link BusError} with what to do. */
  ensureTopics(specs: readonly TopicSpec[]): Promise<void>;
  partitionCount(topic: string): Promise<number>;
  /**
   * Resolves when all in-sync replicas have all of it. In order per partition; sends wait for one another. If it throws, any part of it
   * may have been stored, in order from the front per partition: sending it again from the front repeats some and loses none.
   */
  produce(topic: string, messages: readonly OutgoingMessage[]): Promise<void>;
  /** Resolves after `signal`; rejects with what no retry can mend. A broken consumer is replaced by a fresh one. */
  consume(options: ConsumeOptions): Promise<void>;
  /** The last message of each partition; `null` where a partition holds none. */
  lastMessages(topic: string): Promise<(Message | null)[]>;
  /** Asks a broker for the cluster; resolves to `null` or to what is wrong. For readiness. */
  check(): Promise<string | null>;
  close(): Promise<void>;
}

/** All durations of the seam, ms. */
export interface BusTimes {
  /** Without a heartbeat for so long a consumer is taken for dead, and its partitions are given to others. */
  readonly sessionMs: number;
  readonly heartbeatMs: number;
  /** In a rebalance the others wait so long for a consumer that is still working on a chunk. */
  readonly rebalanceMs: number;
  readonly connectMs: number;
  readonly requestMs: number;
  /** One `produce` with all its retries. */
  readonly sendMs: number;
  /** After so long new partitions are noticed. */
  readonly metadataMs: number;
  /** First and longest delay of a paused partition and of a consumer that is replaced. */
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

/** A pino logger fits. */
export interface BusLogger {
  debug(details: object, message: string): void;
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}
