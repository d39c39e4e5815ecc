import { BusError, isKafkaClientError, RetryLater } from '../bus-error.ts';
import type { ConsumeOptions, ConsumerState } from '../event-bus.ts';
import type { Consumer, EachBatchPayload, KafkaMessage } from './client.ts';
import type { Connections } from './connections.ts';
import { gapWatch } from './gap-watch.ts';
import { asMessage } from './message.ts';
import { pausedPartitions } from './paused-partitions.ts';
import { unreadableReason } from './unreadable-batch.ts';

/**
 * How a consumer ended: stopped by the signal, failed by an error of a callback, or broken and to
 * be replaced.
 */
export type Ending =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly error: Error }
  | { readonly kind: 'broken'; readonly error: Error; readonly hadJoined: boolean };

const CHUNK_MAX = 1_000;

/** Runs one consumer from joining its group to its end. */
export async function liveConsumer(
  connections: Connections,
  options: ConsumeOptions,
  report: (change: Partial<ConsumerState>) => void,
): Promise<Ending> {
  const { newClient, times, logger } = connections;
  const { topic, groupId, signal } = options;
  const client = newClient();
  const consumer = client.consumer(groupId);
  const paused = pausedPartitions(consumer, topic, times, (list) => report({ paused: list }));
  const gaps = gapWatch(connections, options);
  const membership = watchMembership(consumer, connections, options, { report, paused, gaps });
  const pulse = watchPulse(consumer, times.sessionMs, report, () => membership.hasJoined());

  let hasEnded = false;
  let end: (ending: Ending) => void = () => {};
  const ended = new Promise<Ending>((resolve) => {
    end = (ending) => {
      hasEnded = true;
      resolve(ending);
    };
  });
  const stop = () => end({ kind: 'stopped' });
  const breakDown = (error: Error) => end({ kind: 'broken', error, hadJoined: membership.hasJoined() });
  consumer.on(consumer.events.CRASH, ({ payload }) => breakDown(payload.error));
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();

  /**
   * Callbacks of an assignment run once per consumer, so a retryable failure of one replaces the
   * consumer.
   */
  const orBreakDown = (part: Promise<void>) =>
    part.catch((error: Error) => {
      if (isWorthARetry(error)) breakDown(error);
      throw error;
    });
  const eachBatch = async (payload: EachBatchPayload): Promise<void> => {
    const { partition, messages } = payload.batch;
    // The client calls `eachBatch` again after an error until the consumer is stopped.
    if (hasEnded) return;
    const keepAlive = setInterval(() => void payload.heartbeat().catch(() => {}), times.heartbeatMs);
    try {
      await orBreakDown(membership.settled());
      await orBreakDown(gaps.before(partition, messages[0] as KafkaMessage));
      await takeChunks(payload, options, paused, gaps);
      gaps.after(partition, payload);
    } catch (error) {
      if (isWorthARetry(error) && !hasEnded) return paused.pause(partition);
      // The client must see its own errors: it then rejoins the group, or finds a coordinator that
      // has moved.
      if (!isKafkaClientError(error)) end({ kind: 'failed', error: error as Error });
      throw error;
    } finally {
      clearInterval(keepAlive);
    }
  };

  const run = async (): Promise<void> => {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: options.concurrency ?? 1,
      eachBatch,
    });
  };
  run().catch(breakDown);

  const ending = await ended;
  signal.removeEventListener('abort', stop);
  pulse.stop();
  paused.clear();
  // Leaves the group so that the others need not wait for the session to expire, but waits no
  // longer than one session.
  await Promise.race([consumer.disconnect().catch(() => {}), rejoinWait(times.sessionMs)]);
  client.cut();
  await membership.leave();
  logger.debug({ topic, groupId, ending: ending.kind }, 'consumer ended');
  return ending;
}

const isWorthARetry = (error: unknown): boolean =>
  error instanceof RetryLater || (error instanceof BusError && error.isRetryable);

const rejoinWait = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });

/** Handles one fetch of a partition chunk by chunk, and commits each chunk after it was handled. */
async function takeChunks(
  payload: EachBatchPayload,
  { handle, signal, topic, chunkMax = CHUNK_MAX, chunkBytesMax = Number.POSITIVE_INFINITY, onProgress }: ConsumeOptions,
  paused: ReturnType<typeof pausedPartitions>,
  gaps: ReturnType<typeof gapWatch>,
): Promise<void> {
  const { batch, heartbeat, isRunning, isStale, resolveOffset, commitOffsetsIfNecessary } = payload;
  const { partition, messages } = batch;
  for (let at = 0, next = 0; at < messages.length; at = next) {
    const isUnreadable = unreadableReason(messages[at]!) !== undefined;
    next = isUnreadable ? unreadableEnd(messages, at) : chunkEnd(messages, at, chunkMax, chunkBytesMax);
    if (!isRunning() || isStale() || signal.aborted) return;
    // After a stall this heartbeat throws if the group has evicted the consumer, before it touches
    // anything.
    await heartbeat();
    const chunk = messages.slice(at, next);
    if (isUnreadable) await gaps.unreadable(partition, chunk, messages[next]);
    else await handle({ topic, partition, messages: chunk.map(asMessage), assertOwned: heartbeat });
    paused.succeeded(partition);
    const last = chunk.at(-1) as KafkaMessage;
    const isEnd = next === messages.length;
    resolveOffset(last.offset);
    const upTo = BigInt(isEnd ? batch.lastOffset() : last.offset) + 1n;
    await commitOffsetsIfNecessary({ topics: [{ topic, partitions: [{ partition, offset: String(upTo) }] }] });
    onProgress?.({ partition, offset: upTo - 1n, messages: chunk.length, lag: BigInt(batch.highWatermark) - upTo });
  }
}

/**
 * End (exclusive) of the run of unreadable messages that share the reason of the message at
 * `start`.
 */
function unreadableEnd(messages: readonly KafkaMessage[], start: number): number {
  let end = start + 1;
  while (end < messages.length && unreadableReason(messages[end]!) === '') end++;
  return end;
}

/** End (exclusive) of a chunk: it holds at least one message, and no unreadable one. */
function chunkEnd(messages: readonly KafkaMessage[], start: number, chunkMax: number, bytesMax: number): number {
  let bytes = 0;
  for (let end = start; end < messages.length && end < start + chunkMax; end++) {
    bytes += messages[end]?.value?.length ?? 0;
    if (end > start && (bytes > bytesMax || unreadableReason(messages[end]!) !== undefined)) return end;
  }
  return Math.min(messages.length, start + chunkMax);
}

/**
 * Turns the client's "joined" into assigned and revoked. A consumer that keeps its member id stayed
 * in the group, so nobody else had the partitions that it keeps; one with a new id had been
 * evicted, so any of its partitions may have been another's.
 */
function watchMembership(
  consumer: Consumer,
  { topics, times }: Connections,
  { topic, onAssigned, onRevoked }: ConsumeOptions,
  watch: {
    report: (change: Partial<ConsumerState>) => void;
    paused: ReturnType<typeof pausedPartitions>;
    gaps: ReturnType<typeof gapWatch>;
  },
) {
  let member = '';
  let owned: readonly number[] = [];
  let settled: Promise<void> = Promise.resolve();
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    const now = [...(payload.memberAssignment[topic] ?? [])].sort((a, b) => a - b);
    const kept = payload.memberId === member ? owned.filter((partition) => now.includes(partition)) : [];
    const lost = owned.filter((partition) => !kept.includes(partition));
    const gained = now.filter((partition) => !kept.includes(partition));
    member = payload.memberId;
    owned = now;
    watch.paused.forget(lost);
    watch.report({ isReady: true, reason: null, partitions: now });
    settled = settled
      .catch(() => {})
      .then(async () => {
        if (lost.length > 0) await onRevoked?.(lost);
        if (gained.length === 0) return;
        const count = onAssigned ? await topics.partitionCount(topic) : 0;
        await onAssigned?.(gained, Math.max(count, ...now.map((partition) => partition + 1)));
        await watch.gaps.assigned(gained);
      });
    // A batch handler awaits `settled` and sees the error there. Without a batch nobody needs it,
    // so this avoids an unhandled rejection.
    settled.catch(() => {});
  });
  return {
    hasJoined: () => member !== '',
    settled: () => settled,
    async leave(): Promise<void> {
      await Promise.race([settled.catch(() => {}), rejoinWait(times.sessionMs)]);
      if (owned.length > 0) await onRevoked?.(owned);
      owned = [];
    },
  };
}

/**
 * Reports "not ready" when no broker has answered for one session, long before the client gives up.
 */
function watchPulse(
  consumer: Consumer,
  sessionMs: number,
  report: (change: Partial<ConsumerState>) => void,
  hasJoined: () => boolean,
) {
  let lastAnswer = performance.now();
  let isSilent = false;
  const answered = (): void => {
    lastAnswer = performance.now();
    if (isSilent && hasJoined()) report({ isReady: true, reason: null });
    isSilent = false;
  };
  consumer.on(consumer.events.FETCH, answered);
  consumer.on(consumer.events.HEARTBEAT, answered);
  consumer.on(consumer.events.GROUP_JOIN, answered);
  const timer = setInterval(() => {
    if (performance.now() - lastAnswer < sessionMs) return;
    isSilent = true;
    report({ isReady: false, reason: `no broker has answered for ${sessionMs} ms` });
  }, 1_000);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
