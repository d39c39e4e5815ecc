import type { EventBus } from '../event-bus.ts';
import { encodeMark, type MessageOrigin, type PlacedMessage, type Relayed } from './log-message.ts';

/**
 * Minimum interval between watermarks: each is small, but every reader has to process it. The
 * second applies until the relay has caught up.
 */
const PACE_MS = 250;
const BUSY_PACE_MS = 1_000;

/**
 * Decides when to send watermarks, and to which partitions: those whose last message is older than
 * the relay's position. At rest there are none, so nothing is sent; a new relay sends one to each
 * partition, because it does not know their last messages.
 */
export function marksOf(bus: EventBus, topic: string, origin?: MessageOrigin) {
  const ends = new Map<number, bigint>();
  let isCaughtUp = false;
  let isPending = true;
  let lastAt = 0;
  return {
    sent(partition: number, position: bigint): void {
      ends.set(partition, position);
      isPending = true;
      isCaughtUp = false;
    },
    caughtUp(): void {
      isCaughtUp = true;
    },
    /** ms until the next watermarks are due (may be negative); undefined if none are needed. */
    dueInMs(): number | undefined {
      if (!isPending) return undefined;
      return lastAt + (isCaughtUp ? PACE_MS : BUSY_PACE_MS) - performance.now();
    },
    /** Sends the watermarks; everything up to this position must be in the topic. */
    async send(relayed: Relayed): Promise<void> {
      const { position } = relayed;
      const partitions = position === 0n ? 0 : await bus.partitionCount(topic);
      const marks: PlacedMessage[] = [];
      for (let partition = 0; partition < partitions; partition++) {
        if (ends.get(partition) !== position) marks.push(encodeMark(relayed, partition, partitions, origin));
      }
      await bus.produce(topic, marks);
      for (const { partition } of marks) ends.set(partition, position);
      isPending = false;
      lastAt = performance.now();
    },
  };
}
