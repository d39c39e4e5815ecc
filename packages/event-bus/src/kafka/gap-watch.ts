import type { ConsumeOptions, Message, OffsetGap } from '../event-bus.ts';
import type { EachBatchPayload, KafkaMessage } from './client.ts';
import type { Connections } from './connections.ts';
import { asMessage } from './message.ts';
import { unreadableReason } from './unreadable-batch.ts';

const WORDS = {
  deleted: 'messages were deleted before this group read them',
  unreadable: 'messages cannot be unpacked and are passed over',
} as const;

/** The message after a gap, or null if there is none or it is unreadable as well. */
function known(message: KafkaMessage | undefined): Message | null {
  return message === undefined || unreadableReason(message) !== undefined ? null : asMessage(message);
}

/**
 * Detects messages that retention deleted before this group read them, and messages that cannot be
 * decompressed. After a deletion the client only logs a line, continues at the first remaining
 * message and overwrites the committed offset, so this watch keeps the expected offset itself from
 * the assignment on.
 */
export function gapWatch({ topics, logger }: Connections, { topic, groupId, onOffsetGap }: ConsumeOptions) {
  const expected = new Map<number, bigint>();

  const tell = async (gap: OffsetGap, reason?: string): Promise<void> => {
    const { partition, from, to } = gap;
    logger.error({ topic, groupId, partition, from: String(from), to: String(to), reason }, WORDS[gap.why]);
    await onOffsetGap?.(gap);
  };

  return {
    /**
     * Expects offset 0 in partitions for which the group has committed nothing: it needs the whole
     * topic.
     */
    async assigned(partitions: readonly number[]): Promise<void> {
      const [committed, marks] = await Promise.all([topics.committed(groupId, topic), topics.watermarks(topic)]);
      for (const { partition, low, high } of marks) {
        if (!partitions.includes(partition)) continue;
        const next = committed.get(partition) ?? 0n;
        expected.set(partition, next);
        // In a partition that still has messages, the first one reveals the gap (see `before`); an
        // empty one needs this check.
        if (low > next && low === high) {
          await tell({ why: 'deleted', topic, partition, from: next, to: low, next: null });
          expected.set(partition, low);
        }
      }
    },
    async before(partition: number, first: KafkaMessage): Promise<void> {
      const next = expected.get(partition);
      const found = BigInt(first.offset);
      if (next === undefined || found <= next) return;
      // Offsets may also be missing for harmless reasons (transaction markers, compaction), so
      // compare with the low watermark.
      const low = (await topics.watermarks(topic)).find((mark) => mark.partition === partition)?.low ?? 0n;
      if (low > next) await tell({ why: 'deleted', topic, partition, from: next, to: found, next: known(first) });
      expected.set(partition, found);
    },
    /** Reports messages that cannot be decompressed; the consumer then skips them. */
    async unreadable(
      partition: number,
      messages: readonly KafkaMessage[],
      next: KafkaMessage | undefined,
    ): Promise<void> {
      const [first] = messages;
      const to = BigInt(messages.at(-1)!.offset) + 1n;
      const from = BigInt(first!.offset);
      const gap: OffsetGap = { why: 'unreadable', topic, partition, from, to, next: known(next) };
      await tell(gap, unreadableReason(first!));
    },
    after(partition: number, { batch, isRunning }: EachBatchPayload): void {
      if (isRunning()) expected.set(partition, BigInt(batch.lastOffset()) + 1n);
    },
  };
}
