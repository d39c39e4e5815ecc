import { type ConsumerState, type EventBus, isOfLog, LOG_TOPIC, type LogMessage, readLog } from '@touchstone/event-bus';
import { type LaneOptions, type PartitionLane, partitionLane } from './lane.ts';

export const PROJECTOR_GROUP = 'touchstone.projector';

export interface LaneProjectorsOptions extends LaneOptions {
  readonly bus: EventBus;
  readonly signal: AbortSignal;
  /** Kafka consumer group; processes of one group share the log among them. */
  readonly groupId?: string;
  readonly topic?: string;
  readonly onState?: (state: ConsumerState) => void;
  readonly onProgress?: (progress: { partition: number; lag: bigint }) => void;
}

export interface LaneProjectors {
  /** Progress of each partition that this process owns, with the generation it fills. */
  lanes(): readonly { readonly partition: number; readonly generation: number; readonly position: bigint }[];
  /** Why a lane stands still; null while all advance. */
  fault(): unknown;
  /** Resolves after `signal` aborts; rejects with an error that the bus cannot recover from. */
  readonly ended: Promise<void>;
}

/** Partitions that are written concurrently: while one waits for the engine another is folded. */
const CONCURRENCY = 4;
const BATCH_MAX = 5_000;
/** If the topic brings nothing for this long, the lane reads the log itself. */
const LOOK_MS = 1_000;

/**
 * Projects this process's share of `touchstone.log` into the generation in force; any number of
 * processes may do so. A process that dies or stalls loses its partitions to the others, and its
 * late writes are refused or equal to theirs.
 */
export function followLanes(options: LaneProjectorsOptions): LaneProjectors {
  const { bus, signal, groupId = PROJECTOR_GROUP, topic = LOG_TOPIC, logger } = options;
  const lanes = new Map<number, PartitionLane>();
  let ofPartitions = 1;
  const laneOf = (partition: number): PartitionLane => {
    const lane = lanes.get(partition) ?? partitionLane(partition, ofPartitions, options);
    lanes.set(partition, lane);
    return lane;
  };

  const settled = new Set<PartitionLane>();
  const looking = setInterval(() => {
    for (const [partition, lane] of lanes) {
      // A lane that was assigned a moment ago waits for the topic first.
      if (!settled.has(lane)) settled.add(lane);
      else
        lane
          .look()
          .catch((error: Error) => logger.warn({ reason: error.message, lane: partition }, 'a lane looks again'));
    }
  }, LOOK_MS);

  async function close(partitions: Iterable<number>): Promise<void> {
    const closing: Promise<void>[] = [];
    for (const partition of [...partitions]) {
      const lane = lanes.get(partition);
      if (lane === undefined) continue;
      lanes.delete(partition);
      settled.delete(lane);
      closing.push(lane.close());
    }
    await Promise.all(closing);
  }

  let log: string | undefined;
  /** Skips messages of another log, and events that a restored log no longer holds. */
  const isOurs = async (message: LogMessage): Promise<boolean> => {
    if (log === undefined || (message.origin !== undefined && message.origin.log !== log)) {
      log = await options.store.identity();
    }
    return isOfLog(options.store, log, message);
  };

  const ended = readLog({
    bus,
    topic,
    groupId,
    signal,
    concurrency: CONCURRENCY,
    batchMax: BATCH_MAX,
    ...(options.onState && { onState: options.onState }),
    ...(options.onProgress && { onProgress: options.onProgress }),
    onAssigned(partitions, of) {
      ofPartitions = of;
      for (const lane of lanes.values()) lane.repartition(of);
      for (const partition of partitions) laneOf(partition);
    },
    onRevoked: close,
    isOfLog: isOurs,
    handle: (batch) => laneOf(batch.partition).take(batch),
    // Events that the topic has lost are still in the log.
    async isCovered({ partition }) {
      laneOf(partition).missed();
      return true;
    },
  }).finally(async () => {
    clearInterval(looking);
    await close(lanes.keys());
  });

  return {
    lanes: () =>
      [...lanes].flatMap(([partition, lane]) => {
        const at = lane.reached();
        return at === null ? [] : [{ partition, generation: at.generation, position: at.position }];
      }),
    fault: () => [...lanes.values()].map((lane) => lane.fault()).find((fault) => fault !== null) ?? null,
    ended,
  };
}
