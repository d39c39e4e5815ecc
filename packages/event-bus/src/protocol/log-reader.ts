import type { StoredEvent } from '@touchstone/event-store';
import { BusError } from '../bus-error.ts';
import type { ConsumeOptions, EventBus, Hole } from '../event-bus.ts';
import { decodeLogMessage, LOG_TOPIC, type LogMessage } from './log-message.ts';

/** Consecutive events of one partition, each customer's in the order of the log. */
export interface LogBatch {
  readonly partition: number;
  /** Partitions of the topic when these were sent: which customers come to this one. */
  readonly ofPartitions: number;
  /** None where the log has grown elsewhere only. */
  readonly events: readonly StoredEvent[];
  /** The log holds nothing for this partition between the last event and here. */
  readonly upTo: bigint;
  /** Proof of what stands there in the log; undefined where the topic does not say. */
  readonly history: string | undefined;
  /**
   * True in the first batch after this reader was given the partition, and in the first after the number of partitions changed: events of these
   * customers may have been another reader's meanwhile, or may still be. What is remembered of a customer must then come from the log.
   */
  readonly isStart: boolean;
  /** See {@link Batch.assertOwned}. */
  assertOwned(): Promise<void>;
}

/** Events of the topic that this group cannot have. */
export interface LogHole extends Hole {
  /** The missing events come before this position in the log; `null` where nothing says. */
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
  /** Its offsets are committed when it has resolved; {@link RetryLater} pauses the partition. */
  readonly handle: (batch: LogBatch) => Promise<void>;
  /** Whether the log holds what a message tells of; where it does not, the message is passed over. Without it all are taken. */
  readonly isOfLog?: (message: LogMessage) => Promise<boolean>;
  /**
   * Whether the read model already holds the missing events, because it was rebuilt from the log itself to `before` or beyond.
   * Without it, or when it says no, the reader ends with {@link BusError} `hole`.
   */
  readonly isCovered?: (hole: LogHole) => Promise<boolean>;
}

interface Seen {
  /** What stands there. */
  message: LogMessage;
  /** Up to where the partition was handled, and the number of partitions that this was sent under. */
  last: bigint;
  partitions: number;
}

/**
 * What the projectors of one group read: the events of `touchstone.log`, at least once. Repeats that the relay made are dropped where the reader
 * has seen the first; after a rebalance what was handled and not committed comes again, so rows must be guarded by position.
 */
export async function readLog(options: ReadLogOptions): Promise<void> {
  const { bus, topic = LOG_TOPIC, batchMax, handle, isCovered, isOfLog, onAssigned, ...consumer } = options;
  const seen = new Map<number, Seen>();
  /** Another run of the relay may be of a log that was put back since: then it begins before what was seen, and that is no more. */
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
    onHole: (hole) => passOrRefuse(hole, topic, isCovered),
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

/** In a partition all that stands before an event comes before it in the log: what is not beyond the furthest so far is a repeat. */
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

/** One run follows one history: what the log has lost of it lies behind what it holds. Found by halves. */
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

/** Under another number of partitions another set of customers comes here, and the rule above begins anew; and in another run of the relay. */
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

async function passOrRefuse(hole: Hole, topic: string, isCovered: ReadLogOptions['isCovered']): Promise<void> {
  const where = `${topic} partition ${hole.partition}`;
  const before = hole.next === null ? null : decodeLogMessage(hole.next, where).position;
  if (await isCovered?.({ ...hole, before })) return;
  throw new BusError(
    'hole',
    `${where}: offsets ${hole.from} to ${hole.to - 1n} ${MISSING[hole.why]}${before === null ? '' : ` (events before position ${before})`}. What to do: rebuild the read model from the log (touchstone rebuild)${hole.why === 'deleted' ? ', and keep the topic for longer (retention.ms)' : ''}.`,
  );
}
