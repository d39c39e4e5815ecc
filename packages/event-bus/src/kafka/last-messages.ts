import { randomUUID } from 'node:crypto';
import { asBusError, BusError } from '../bus-error.ts';
import type { Message } from '../event-bus.ts';
import type { Connections } from './connections.ts';
import { asMessage } from './message.ts';

/**
 * The last message of each partition, `null` for an empty one. The client reads only in groups, so
 * this function makes a temporary group and deletes it; messages written meanwhile may or may not
 * be seen.
 */
export async function lastMessages(
  { newClient, topics, times }: Connections,
  topic: string,
): Promise<(Message | null)[]> {
  const marks = await topics.watermarks(topic);
  const found: (Message | null)[] = marks.map(() => null);
  const missing = new Set(marks.filter(({ low, high }) => high > low).map(({ partition }) => partition));
  if (missing.size === 0) return found;

  const groupId = `touchstone.last-messages.${randomUUID()}`;
  const client = newClient();
  const consumer = client.consumer(groupId);
  const what = `reading the end of ${topic}`;
  let timer: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(
        () =>
          reject(
            new BusError('unavailable', `${what}: partitions ${[...missing]} gave nothing within ${times.sendMs} ms`),
          ),
        times.sendMs,
      );
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
      const read = async (): Promise<void> => {
        await consumer.connect();
        await consumer.subscribe({ topic, fromBeginning: true });
        await consumer.run({
          autoCommit: false,
          eachBatchAutoResolve: true,
          eachBatch: async ({ batch }) => {
            const last = batch.messages.at(-1);
            const end = marks[batch.partition]?.high ?? 0n;
            if (!last || BigInt(batch.lastOffset()) + 1n < end) return;
            found[batch.partition] = asMessage(last);
            missing.delete(batch.partition);
            if (missing.size === 0) resolve();
          },
        });
        for (const { partition, high } of marks)
          if (missing.has(partition)) consumer.seek({ topic, partition, offset: String(high - 1n) });
      };
      read().catch(reject);
    });
  } catch (error) {
    throw asBusError(error, what);
  } finally {
    clearTimeout(timer);
    await consumer.disconnect().catch(() => {});
    client.cut();
    // An empty group expires by itself; deleting it now only keeps the broker's list tidy.
    await topics.forgetGroup(groupId).catch(() => {});
  }
  return found;
}
