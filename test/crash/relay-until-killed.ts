/** Relays the log to `touchstone.log`, until it is killed. */

import { openEventStore } from '@touchstone/event-store';
import { relay } from '../../packages/event-bus/src/protocol/relay.ts';
import { quickBus, silent } from '../kafka-broker/bus-for-test.ts';
import { onOrder, say } from './doomed-program.ts';

export interface RelayOrder {
  readonly eventStoreUrl: string;
  readonly kafkaUrl: string;
  readonly logTopic: string;
  readonly changesTopic: string;
}

/** Small, so that there are many batches to kill it in. */
const BATCH = 20;

onOrder<RelayOrder>(async ({ eventStoreUrl, kafkaUrl, logTopic, changesTopic }) => {
  const bus = quickBus(kafkaUrl);
  await relay({
    store: await openEventStore(eventStoreUrl),
    bus: {
      ...bus,
      produce(topic, messages) {
        if (messages.length > 0) say({ sending: true });
        return bus.produce(topic, messages);
      },
    },
    logger: silent,
    logTopic,
    changesTopic,
    batchMax: BATCH,
    signal: new AbortController().signal,
    onRelayed: () => say({ relayed: true }),
    onState: ({ position }) => say({ position }),
  });
});
