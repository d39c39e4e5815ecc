import { readdirSync, readFileSync } from 'node:fs';
import { acceptEvents } from '@touchstone/ingest';
import { describe, expect, test } from 'vitest';
import { decodeBatch } from '../../packages/event-bus/src/protocol/ingress-batch.ts';
import { memoryEventStore } from '../../services/ingest/testing/memory-event-store.ts';
import { type Header, startListening } from '../../services/ingest/testing/start-ingest.ts';

/** Messages as the official SDKs send them, recorded by test/data/cloudevents-sdks. */
interface Written {
  readonly sdk: string;
  readonly version: string;
  readonly messages: readonly {
    readonly transport: 'http' | 'kafka';
    readonly name: string;
    readonly subject: string;
    readonly withoutData: boolean;
    /** Names, and values in Base64. */
    readonly headers: readonly (readonly [string, string])[];
    readonly body: string | null;
  }[];
}

const folder = new URL('../data/cloudevents-sdks/', import.meta.url);
const sdks = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .map((file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Written);

const bytes = (base64: string) => Buffer.from(base64, 'base64');

/** The events stored for a message, as the log holds them. */
async function storedOf({ transport, headers, body }: Written['messages'][number]) {
  const given = headers.map(([name, value]): Header => [name, bytes(value)]);
  if (transport === 'http') {
    const { sendBytes, store } = await startListening();
    const answer = await sendBytes(given, bytes(body!));
    expect(answer.body).toMatchObject({ rejected: 0, problems: [] });
    return store.events;
  }
  const store = memoryEventStore();
  const message = { key: null, value: body === null ? null : bytes(body), headers: Object.fromEntries(given) };
  const batch = decodeBatch({
    topic: 'touchstone.events',
    partition: 0,
    messages: [{ ...message, offset: 0n, sentAt: 0 } as never],
    assertOwned: async () => {},
  });
  expect(await acceptEvents({ store }, batch, batch.originOf)).toMatchObject({ rejected: 0, problems: [] });
  return store.events;
}

const DATA = {
  journeyId: 'o-1',
  journeyType: 'order',
  touchpoint: 'Kasse Süd',
  channel: 'web',
  outcome: 'succeeded',
  perception: 4.5,
};

test('the SDKs for Go, Java, JavaScript and Python have written, over both transports', () => {
  expect(sdks.map(({ sdk }) => sdk)).toEqual([
    'github.com/cloudevents/sdk-go/v2',
    'io.cloudevents (Maven)',
    'cloudevents (npm)',
    'cloudevents (PyPI)',
  ]);
  for (const { sdk, messages } of sdks)
    expect(new Set(messages.map(({ transport }) => transport)), sdk).toEqual(new Set(['http', 'kafka']));
});

describe.each(sdks)('of $sdk $version', ({ messages }) => {
  test.each(messages)('$transport, $name: is the event that was meant', async (message) => {
    const events = await storedOf(message);
    expect(events.map(({ id }) => id)).toEqual(message.name === 'batch' ? ['e-1', 'e-2'] : ['e-1']);
    for (const { body, stream, time } of events) {
      expect(stream).toBe(`customer-${message.subject}`);
      expect(time).toBe(Date.UTC(2026, 2, 1, 9, 0, 0, 250));
      expect(JSON.parse(body)).toMatchObject({
        specversion: '1.0',
        source: '/shop',
        type: `touchstone.${message.withoutData ? 'referral.made' : 'moment.recorded'}.v1`,
        subject: message.subject,
        time: '2026-03-01T09:00:00.250Z',
        traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
        data: message.withoutData ? {} : DATA,
      });
      expect(JSON.parse(body).data).toEqual(message.withoutData ? {} : DATA);
    }
  });
});
