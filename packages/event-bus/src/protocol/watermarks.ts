import type { EventBus } from '../event-bus.ts';
import { encodeMark, type MessageOrigin, type PlacedMessage, type Relayed } from './log-message.ts';

/** Marks are small, but each is work for every reader: no more often than this, and while the relay has not caught up, more seldom. */
const PACE_MS = 250;
const BUSY_PACE_MS = 1_000;

/**
 * When partitions are to be told how far the log is: those that do not end where the relay has come to. At rest all of them do, and nothing is
 * sent; a relay that begins tells each once, since it does not know how they end.
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
    /** Undefined: nobody is to be told anything. */
    dueInMs(): number | undefined {
      if (!isPending) return undefined;
      return lastAt + (isCaughtUp ? PACE_MS : BUSY_PACE_MS) - performance.now();
    },
    /** Everything up to its position is in the topic. */
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
