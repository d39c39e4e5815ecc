import { type EventStore, EventStoreError } from '@touchstone/event-store';
import { expect, test } from 'vitest';
import { orderDefinition } from '../../services/query/testing/shop-story.ts';
import { startTestSystem } from '../../services/query/testing/start-test-system.ts';

let nth = 0;
function moment(customer: string) {
  const [id, source, type] = [`away-${++nth}`, '/test', 'touchstone.moment.recorded.v1'];
  const time = Date.parse('2026-05-01T00:00:00Z');
  const data = { journeyId: 'j', journeyType: 'order', touchpoint: 'order.placed', channel: 'web', outcome: 'failed' };
  const event = { specversion: '1.0', id, source, type, subject: customer, time: new Date(time).toISOString(), data };
  return { stream: `customer-${customer}`, source, id, type, time, body: JSON.stringify(event) };
}

/** Texts of a stream as they come, until the signal aborts. */
async function openLive(url: string, signal: AbortSignal) {
  const { status, body } = await fetch(`${url}/v1/live`, { signal });
  const reader = body!.getReader();
  const decoder = new TextDecoder();
  let text = '';
  return {
    status,
    /** Resolves once the stream has said this. */
    async hears(words: string): Promise<void> {
      while (!text.includes(words)) {
        const { value, done } = await reader.read();
        if (done) throw new Error(`the stream ended before it said ${words}`);
        text += decoder.decode(value, { stream: true });
      }
    },
  };
}

test('while the log is away, a first stream is refused, and one that is open goes on once it is back', async () => {
  let isAway = false;
  let store: EventStore;
  const assertThere = () => {
    if (isAway) throw new EventStoreError('unavailable', 'away');
  };
  const view: Partial<EventStore> = {
    head: async () => {
      assertThere();
      return store.head();
    },
    async *subscribe(options) {
      assertThere();
      for await (const item of store.subscribe(options)) {
        assertThere();
        yield item;
      }
    },
  };
  const change = new Proxy(view, { get: (mine, name: keyof EventStore) => mine[name] ?? store[name] }) as EventStore;
  const system = await startTestSystem([orderDefinition], { store: change, heartbeatMs: 100 });
  store = system.store;
  const stopping = new AbortController();
  try {
    const url = await system.app.listen({ host: '127.0.0.1', port: 0 });
    isAway = true;
    const refused = await fetch(`${url}/v1/live`);
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ code: 'store_unavailable' });
    isAway = false;
    const live = await openLive(url, stopping.signal);
    await live.hears('id: ');
    isAway = true;
    await store.append([moment('ada')]);
    await live.hears('\n:\n');
    isAway = false;
    await live.hears('"customerId":"ada"');
  } finally {
    stopping.abort();
    await system.stop();
  }
}, 30_000);

test('a system that stops ends its streams', async () => {
  const system = await startTestSystem([orderDefinition]);
  const url = await system.app.listen({ host: '127.0.0.1', port: 0 });
  const text = fetch(`${url}/v1/live`).then((answer) => answer.text());
  // A HEAD would open a stream to tell nothing of it.
  expect((await fetch(`${url}/v1/live`, { method: 'HEAD' })).status).toBe(405);
  const live = await openLive(url, new AbortController().signal);
  await live.hears('id: 0');
  await system.app.stopping.drain();
  expect(await text).toContain('id: 0');
  await system.stop();
});
