import type { EventBus } from '@touchstone/event-bus';
import type { EventStore } from '@touchstone/event-store';
import { onTestFinished } from 'vitest';
import { quickBus } from '../kafka-broker/bus-for-test.ts';
import { freshLog } from '../kafka-broker/sample.ts';

/** Both belong to the running test and are closed at its end, the last one first. */

export async function logForTest(): Promise<EventStore> {
  const store = await freshLog();
  onTestFinished(store.release);
  return store;
}

export function busForTest(url: string): EventBus {
  const bus = quickBus(url);
  onTestFinished(bus.close);
  return bus;
}
