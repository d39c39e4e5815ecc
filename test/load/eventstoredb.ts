import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { APPENDS_IN_FLIGHT_MAX, eventStoreDbEventStore } from '@touchstone/event-store/eventstoredb';
import { startEventStoreDb } from './child-processes.ts';
import { type BenchRow, interleaved, ratePerSecond } from './measure.ts';

const APPENDS = 10_000;
const STREAMS = 2_500;
/** The default of the product. */
const IN_FLIGHT = APPENDS_IN_FLIGHT_MAX;
const GOAL = 0.8;

/**
 * Appends of one event over many streams: the adapter, with its exact revisions and outcomes,
 * against the bare client, which appends at any revision. Both use the same wire-level server in a
 * process of its own and the same number in flight; each round has its own streams.
 */
export async function benchEventStoreDb(): Promise<BenchRow[]> {
  const { url, child } = await startEventStoreDb();
  const store = await eventStoreDbEventStore({ url, appendsInFlight: IN_FLIGHT });
  const client = EventStoreDBClient.connectionString(url);
  let round = 0;
  try {
    const rates = await interleaved({
      variants: {
        client: () =>
          appends(`c${round++}`, ({ stream, body }) =>
            client.appendToStream(stream, jsonEvent({ type: body.type, data: body })),
          ),
        adapter: () =>
          appends(`a${round++}`, ({ stream, body }) => {
            const { source, id, type, time } = body;
            return store.append([{ stream, source, id, type, time: Date.parse(time), body: JSON.stringify(body) }]);
          }),
      },
    });
    return [
      {
        name: 'EventStoreDB adapter, appends over many streams',
        goalText: `≥ ${GOAL} of the bare client, same server, ${IN_FLIGHT} in flight`,
        floor: rates.client!,
        product: rates.adapter!,
        ratio: rates.adapter! / rates.client!,
        goal: GOAL,
        unit: 'appends/s',
      },
    ];
  } finally {
    await store.close();
    await client.dispose();
    child.disconnect();
  }
}

interface Sample {
  readonly stream: string;
  readonly body: ReturnType<typeof sampleBody>;
}

async function appends(round: string, append: (sample: Sample) => Promise<unknown>): Promise<number> {
  let next = 0;
  const writer = async (): Promise<void> => {
    while (next < APPENDS) {
      const at = next++;
      await append({ stream: `customer-${round}-${at % STREAMS}`, body: sampleBody(`${round}-${at}`) });
    }
  };
  return ratePerSecond(APPENDS, async () => {
    await Promise.all(Array.from({ length: IN_FLIGHT }, writer));
  });
}

function sampleBody(id: string) {
  return {
    specversion: '1.0',
    id,
    source: '/shop',
    type: 'order.placed.v1',
    time: '2026-01-01T00:00:00.000Z',
    subject: 'customer-1',
    data: { orderId: id, amount: 12.5, currency: 'EUR', items: ['one', 'two'], note: 'x'.repeat(300) },
  };
}
