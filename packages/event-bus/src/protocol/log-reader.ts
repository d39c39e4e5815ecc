import type { StoredEvent } from '@touchstone/event-store';
import { BusError } from '../bus-error.ts';
import type { ConsumeOptions, EventBus, OffsetGap } from '../event-bus.ts';
import { decodeLogMessage, LOG_TOPIC, type LogMessage } from './log-message.ts';

/** Consecutive events of one partition; each customer's are in log order. */
export interface LogBatch {
  readonly partition: number;
  /**
   * Number of partitions when the events were sent; it determines which customers this partition
   * carries.
   */
  readonly ofPartitions: number;
  /** Empty when the log has grown only in other partitions. */
  readonly events: readonly StoredEvent[];
  /** Watermark: the log has no further event for this partition up to this position. */
  readonly upTo: bigint;
  /** Proof of the event at `upTo` in the log; undefined if the topic does not carry one. */
  readonly history: string | undefined;
  /**
   * True in the first batch after this reader got the partition, and after the number of partitions
   * changed. Another reader may have handled events of these customers meanwhile, or may still, so
   * cached customer state must be read from the log again.
   */
  readonly isStart: boolean;
  /** See {@link Batch.assertOwned}. */
  assertOwned(): Promise<void>;
}

/** A gap of the topic that this group cannot read. */
export interface LogGap extends OffsetGap {
  /** The missing events come before this position in the log; `null` if unknown. */
  readonly before: bigint | null;
}

export interface ReadLogOptions
  extends Pick<
    ConsumeOptions,
    'groupId' | 'signal' | 'onRevoked' | 'onState' | 'onProgress' | 'concurrency' | 'onAssigned'
  > {
  readonly bus: EventBus;
  readonly topic?: string;
  readonly batchMax?: number;
  /**
   * The reader commits the batch's offsets after it resolves; {@link RetryLater} pauses the
   * partition.
   */
  readonly handle: (batch: LogBatch) => Promise<void>;
  /**
   * Whether the log holds the event of a message; the reader skips a message for which it returns
   * false. Without this option the reader takes all.
   */
  readonly isOfLog?: (message: LogMessage) => Promise<boolean>;
  /**
   * Whether the read model already holds the missing events, because it was rebuilt from the log up
   * to `before` or beyond. Without this option, or if it returns false, the reader ends with {@link
   * BusError} `offset_gap`.
   */
  readonly isCovered?: (gap: LogGap) => Promise<boolean>;
}

interface Seen {
  /** The message at `last`. */
  message: LogMessage;
  /** Position up to which the partition was handled, and the number of partitions at that time. */
  last: bigint;
  partitions: number;
}

/**
 * Reads the events of `touchstone.log` for the projectors of one group, at least once. It drops the
 * relay's repeats if it has seen the first copy; after a rebalance, uncommitted batches come again,
 * so writers must guard rows by position.
 */
export async function readLog(options: ReadLogOptions): Promise<void> {
  const { bus, topic = LOG_TOPIC, batchMax, handle, isCovered, isOfLog, onAssigned, ...consumer } = options;
  const seen = new Map<number, Seen>();
  /**
   * True if this run continues the history seen so far. Another run may follow a log restored from
   * a backup, which ends before the last seen event; then the reader starts afresh.
   */
  const goesOn = async (last: LogMessage, run: string | undefined): Promise<boolean> =>
    last.origin?.run === run || isOfLog === undefined || (await isOfLog(last));
  await bus.consume({
    ...consumer,
    topic,
    ...(batchMax !== undefined && { chunkMax: batchMax }),
    async onAssigned(partitions, ofPartitions) {
      for (const partition of partitions) seen.delete(partition);
      await onAssigned?.(partitions, ofPartitions);
    },
    onOffsetGap: (gap) => passOrRefuse(gap, topic, isCovered),
    async handle({ partition, messages, assertOwned }) {
      const decoded = messages.map((message) => decodeLogMessage(message, `${topic} partition ${partition}`));
      for (const { partitions, run, messages: sent } of byLayout(decoded)) {
        const ours = isOfLog === undefined ? sent : await heldOf(sent, isOfLog);
        if (ours.length === 0) continue;
        const before = seen.get(partition);
        const isStart =
          before === undefined || before.partitions !== partitions || !(await goesOn(before.message, run));
        const after = isStart ? -1n : before.last;
        const { events, upTo, last } = withoutRepeats(ours, after);
        const history = last?.history();
        if (upTo > after) {
          await handle({ partition, ofPartitions: partitions, events, upTo, history, isStart, assertOwned });
        }
        seen.set(partition, { last: upTo, partitions, message: last ?? before?.message ?? ours.at(-1)! });
      }
    },
  });
}

/**
 * Drops repeats: the messages of a partition are in log order, so one that is not beyond the
 * furthest position seen is a repeat.
 */
function withoutRepeats(
  messages: readonly LogMessage[],
  after: bigint,
): { events: StoredEvent[]; upTo: bigint; last: LogMessage | undefined } {
  let upTo = after;
  let last: LogMessage | undefined;
  const events: StoredEvent[] = [];
  for (const message of messages) {
    const { event, position } = message;
    if (position <= upTo) continue;
    upTo = position;
    last = message;
    if (event !== null) events.push(event);
  }
  return { events, upTo, last };
}

/**
 * The prefix of the messages that the log still holds. One run follows one history, so lost events
 * are always at the end, and a binary search finds the boundary.
 */
async function heldOf(
  messages: readonly LogMessage[],
  isOfLog: (message: LogMessage) => Promise<boolean>,
): Promise<readonly LogMessage[]> {
  if (await isOfLog(messages.at(-1)!)) return messages;
  let held = 0;
  for (let end = messages.length - 1; held < end; ) {
    const middle = Math.floor((held + end) / 2);
    if (await isOfLog(messages[middle]!)) held = middle + 1;
    else end = middle;
  }
  return messages.slice(0, held);
}

/**
 * Groups messages by number of partitions and by relay run. After a repartition this partition
 * carries other customers, so the de-duplication above starts afresh; the same holds after a
 * restart of the relay.
 */
function* byLayout(
  messages: readonly LogMessage[],
): Generator<{ partitions: number; run: string | undefined; messages: LogMessage[] }> {
  const layoutOf = ({ partitions, origin }: LogMessage) => ({ partitions, run: origin?.run });
  let run: LogMessage[] = [];
  for (const message of messages) {
    if (run[0] && (run[0].partitions !== message.partitions || run[0].origin?.run !== message.origin?.run)) {
      yield { ...layoutOf(run[0]), messages: run };
      run = [];
    }
    run.push(message);
  }
  if (run[0]) yield { ...layoutOf(run[0]), messages: run };
}

const MISSING = { deleted: 'were deleted before they were projected', unreadable: 'cannot be unpacked' } as const;

async function passOrRefuse(gap: OffsetGap, topic: string, isCovered: ReadLogOptions['isCovered']): Promise<void> {
  const where = `${topic} partition ${gap.partition}`;
  const before = gap.next === null ? null : decodeLogMessage(gap.next, where).position;
  if (await isCovered?.({ ...gap, before })) return;
  throw new BusError(
    'offset_gap',
    `${where}: offsets ${gap.from} to ${gap.to - 1n} ${MISSING[gap.why]}${before === null ? '' : ` (events before position ${before})`}. What to do: rebuild the read model from the log (touchstone rebuild)${gap.why === 'deleted' ? ', and keep the topic for longer (retention.ms)' : ''}.`,
  );
}
