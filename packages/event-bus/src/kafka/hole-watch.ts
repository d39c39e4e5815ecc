import type { ConsumeOptions, Hole, Message } from '../event-bus.ts';
import type { EachBatchPayload, KafkaMessage } from './client.ts';
import type { Connections } from './connections.ts';
import { asMessage } from './message.ts';
import { unreadableReason } from './unreadable-batch.ts';

const WORDS = {
  deleted: 'messages were deleted before this group read them',
  unreadable: 'messages cannot be unpacked and are passed over',
} as const;

/** What is known of the message behind a hole: nothing where it cannot be unpacked either. */
function known(message: KafkaMessage | undefined): Message | null {
  return message === undefined || unreadableReason(message) !== undefined ? null : asMessage(message);
}

/**
 * Notices messages that retention deleted before this group read them, and those that cannot be unpacked. Of the first: the client goes on at the first one that is left and says
 * so in a log line; and it overwrites what the group had committed. So the offset expected next is kept here from the assignment on.
 */
export function holeWatch({ topics, logger }: Connections, { topic, groupId, onHole }: ConsumeOptions) {
  const expected = new Map<number, bigint>();

  const tell = async (hole: Hole, reason?: string): Promise<void> => {
    const { partition, from, to } = hole;
    logger.error({ topic, groupId, partition, from: String(from), to: String(to), reason }, WORDS[hole.why]);
    await onHole?.(hole);
  };

  return {
    /** A group that has committed nothing yet needs the topic from its beginning. */
    async assigned(partitions: readonly number[]): Promise<void> {
      const [committed, marks] = await Promise.all([topics.committed(groupId, topic), topics.watermarks(topic)]);
      for (const { partition, low, high } of marks) {
        if (!partitions.includes(partition)) continue;
        const next = committed.get(partition) ?? 0n;
        expected.set(partition, next);
        // With messages left, the first of them shows what is missing; with none left nothing else would.
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
      // Offsets may be missing for good reasons too: markers of transactions, compaction.
      const low = (await topics.watermarks(topic)).find((mark) => mark.partition === partition)?.low ?? 0n;
      if (low > next) await tell({ why: 'deleted', topic, partition, from: next, to: found, next: known(first) });
      expected.set(partition, found);
    },
    /** These could not be unpacked: they are passed over, once that has been told. */
    async unreadable(
      partition: number,
      messages: readonly KafkaMessage[],
      next: KafkaMessage | undefined,
    ): Promise<void> {
      const [first] = messages;
      const to = BigInt(messages.at(-1)!.offset) + 1n;
      const from = BigInt(first!.offset);
      const hole: Hole = { why: 'unreadable', topic, partition, from, to, next: known(next) };
      await tell(hole, unreadableReason(first!));
    },
    after(partition: number, { batch, isRunning }: EachBatchPayload): void {
      if (isRunning()) expected.set(partition, BigInt(batch.lastOffset()) + 1n);
    },
  };
}
