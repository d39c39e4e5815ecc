/** Runs one of several programs that take `touchstone.events` into the log, until it is killed. */

import { openEventStore } from '@touchstone/event-store';
import { ingress } from '../../packages/event-bus/src/protocol/ingress.ts';
import { acceptEvents } from '../../services/ingest/src/decide/accept-events.ts';
import { quickBus, silent } from '../kafka-broker/bus-for-test.ts';
import { onOrder, say } from './doomed-program.ts';

export interface TakeOrder {
  readonly eventStoreUrl: string;
  readonly kafkaUrl: string;
  readonly topic: string;
  readonly rejectedTopic: string;
}

onOrder<TakeOrder>(async ({ eventStoreUrl, kafkaUrl, topic, rejectedTopic }) => {
  const store = await openEventStore(eventStoreUrl);
  await ingress({
    bus: quickBus(kafkaUrl, { sessionMs: 1_500, heartbeatMs: 250 }),
    topic,
    rejectedTopic,
    groupId: topic,
    logger: silent,
    signal: new AbortController().signal,
    chunkMax: 20,
    async accept(batch) {
      say({ given: true });
      const outcome = await acceptEvents({ store }, batch, batch.originOf);
      say({ stored: true });
      return outcome;
    },
    onProgress: () => say({ committed: true }),
  });
});
