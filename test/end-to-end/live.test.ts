import { createClient, type LiveItem } from '@touchstone/client';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { orderDefinition } from '../../services/query/testing/shop-story.ts';
import { startTestSystem, type TestEvent, type TestSystem } from '../../services/query/testing/start-test-system.ts';
import { chanceFrom } from '../crash/chance.ts';

let system: TestSystem;
let url: string;
beforeAll(async () => {
  system = await startTestSystem([orderDefinition], { liveHeldMax: 40_000, heartbeatMs: 200 });
  url = await system.app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => system?.stop());

const open: AbortController[] = [];
afterEach(() => {
  for (const stream of open.splice(0)) stream.abort();
});

interface Block {
  readonly id: string | undefined;
  readonly event: string | undefined;
  // Tests read any field of the data.
  // biome-ignore lint/suspicious/noExplicitAny: see above.
  readonly data: any;
  readonly text: string;
}

/** Opens a stream, and reads its blocks one after the other. */
async function openLive(query = '', headers: Record<string, string> = {}) {
  const stream = new AbortController();
  open.push(stream);
  const answer = await fetch(`${url}/v1/live${query}`, { headers, signal: stream.signal });
  const reader = answer.body!.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  async function next(): Promise<Block | undefined> {
    for (;;) {
      const end = rest.indexOf('\n\n');
      if (end >= 0) {
        const text = rest.slice(0, end);
        rest = rest.slice(end + 2);
        const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(text)?.[1];
        const data = field('data');
        return { id: field('id'), event: field('event'), data: data && JSON.parse(data), text };
      }
      const { value, done } = await reader.read();
      if (done) return undefined;
      rest += decoder.decode(value, { stream: true });
    }
  }
  /** The next blocks with data. */
  async function take(count: number): Promise<Block[]> {
    const blocks: Block[] = [];
    while (blocks.length < count) {
      const block = await next();
      if (block === undefined) break;
      if (block.data !== undefined) blocks.push(block);
    }
    return blocks;
  }
  return { answer, next, take, stop: () => stream.abort() };
}

let count = 0;
const moment = (customer: string, data: object = {}): TestEvent => ({
  customer,
  type: 'moment.recorded',
  at: new Date(Date.parse('2026-05-01T00:00:00Z') + ++count * 1000).toISOString(),
  id: `live-${count}`,
  data: {
    journeyId: `j-${customer}`,
    journeyType: 'order',
    touchpoint: 'order.placed',
    channel: 'web',
    outcome: 'succeeded',
    ...data,
  },
});

describe('a stream of live events', () => {
  test('begins with what is stored from then on, and tells what each event did', async () => {
    await system.publish([moment('before')]);
    const live = await openLive();
    expect(live.answer.status).toBe(200);
    expect(live.answer.headers.get('content-type')).toContain('text/event-stream');
    expect(live.answer.headers.get('content-encoding')).toBeNull();
    // Its first block has the id of the beginning, and no data.
    const first = await live.next();
    expect(first).toMatchObject({ id: String(await system.store.head()), data: undefined });
    await system.publish([
      moment('ada', { expectation: { value: 3, min: 1, max: 5 }, perception: { value: 5, min: 1, max: 5 } }),
      moment('ada', { outcome: 'failed' }),
    ]);
    const [one, two] = await live.take(2);
    expect(one).toMatchObject({
      event: undefined,
      data: {
        position: one!.id,
        customerId: 'ada',
        event: { subject: 'ada', type: 'touchstone.moment.recorded.v1' },
        did: { journeyType: 'order', verdict: 'exceeded', scoreBefore: null, stageChanges: [] },
      },
    });
    expect(two!.data.did).toMatchObject({ verdict: 'failed', scoreBefore: one!.data.did.scoreAfter });
    expect(BigInt(two!.id!)).toBeGreaterThan(BigInt(one!.id!));
    // The journey as a reader would ask for it has the score that the last event left.
    const journey = await system.get('/v1/journeys/j-ada?customerId=ada');
    expect(journey.body.score).toBe(two!.data.did.scoreAfter);
    const failed = journey.body.timeline.find(({ eventId }: { eventId: string }) => eventId === two!.data.event.id);
    expect(two!.data.did).toMatchObject({
      score: failed.score,
      scoreBefore: failed.scoreBefore,
      scoreAfter: failed.scoreAfter,
    });
  });

  test('tells stage changes as the history of the customer has them', async () => {
    const live = await openLive();
    const good = { expectation: { value: 3, min: 1, max: 5 }, perception: { value: 5, min: 1, max: 5 } };
    const story = Array.from({ length: 8 }, (_, at) => moment('grace', { ...good, journeyId: `g-${at}` }));
    await system.publish(story);
    const blocks = await live.take(story.length);
    const told = blocks.flatMap(({ data }) => data.did.stageChanges);
    const { history } = (await system.get('/v1/customers/grace')).body;
    expect(told).toEqual(
      history.map(({ from, to, at, because }: Record<string, string>) => ({ from, to, at, because })),
    );
    expect(told.length).toBeGreaterThan(0);
  });

  test.each([
    ['type=touchstone.purchase.made.v1', ['purchase']],
    ['touchpoint=desk.asked', ['desk']],
    ['channel=phone', ['phone']],
    ['outcome=failed', ['failed']],
    ['journeyType=return', ['return']],
    ['customerId=filter-2', ['other']],
    ['team=north', ['team']],
    ['channel=phone&outcome=failed', []],
  ])('with %s has only what passes', async (filter, expected) => {
    const after = String(await system.store.head());
    const { at } = moment('x');
    await system.publish([
      {
        customer: 'filter-1',
        type: 'purchase.made',
        at,
        id: `purchase-${count}`,
        data: { amount: 1, currency: 'EUR' },
      },
      { ...moment('filter-1', { touchpoint: 'desk.asked' }), id: `desk-${count}` },
      { ...moment('filter-1', { channel: 'phone' }), id: `phone-${count}` },
      { ...moment('filter-1', { outcome: 'failed' }), id: `failed-${count}` },
      { ...moment('filter-1', { journeyId: `r-${count}`, journeyType: 'return' }), id: `return-${count}` },
      { ...moment('filter-2'), id: `other-${count}` },
      { ...moment('filter-1', { actor: { team: 'north' } }), id: `team-${count}` },
      { ...moment('filter-end'), id: `end-${count}` },
    ]);
    const live = await openLive(`?${filter}`, { 'last-event-id': after });
    const found: string[] = [];
    // A heartbeat comes after all of them.
    for (let block = await live.next(); block !== undefined && block.text !== ':'; block = await live.next()) {
      if (block.data !== undefined) found.push(block.data.event.id.replace(/-\d+$/, ''));
    }
    expect(found).toEqual(expected);
  });

  test('resumed at random positions again and again, has no gap and no repeat', async () => {
    const chance = chanceFrom(7);
    const after = await system.store.head();
    const total = 1_500;
    let published = 0;
    const publish = async () => {
      while (published < total) {
        const events = Array.from({ length: Math.min(chance.whole(1, 60), total - published) }, () =>
          moment(`r${chance.whole(0, 20)}`),
        );
        published += events.length;
        await system.store.append(events.map(storedAs));
      }
    };
    const publishing = publish();
    const seen: bigint[] = [];
    let last = String(after);
    let cuts = 0;
    while (seen.length < total) {
      const live = await openLive('', { 'last-event-id': last });
      for (const { id, event, data } of await live.take(Math.min(chance.whole(1, 200), total - seen.length))) {
        // The feed may have left something out: a resume at once brings it after all.
        if (event === 'skipped') {
          expect(BigInt(data.after)).toBeGreaterThanOrEqual(BigInt(last));
          break;
        }
        seen.push(BigInt(id!));
        last = id!;
      }
      live.stop();
      cuts++;
    }
    await publishing;
    const positions: bigint[] = [];
    for await (const page of system.store.readAll({ after, streamPrefix: 'customer-' })) {
      positions.push(...page.map(({ position }) => position));
    }
    expect(seen).toEqual(positions);
    expect(cuts).toBeGreaterThan(7);
  }, 60_000);

  test('that is read slowly is told what it missed, goes on, and keeps no other waiting', async () => {
    const slow = await openLive();
    const quick = await openLive();
    await slow.next();
    // More than the buffers of a connection hold.
    const attributes = Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`a${at}`, 'x'.repeat(3_000)]));
    const large = () => storedAs(moment('slow', { attributes }));
    const seen = (async () => {
      for (let found = 0; ; ) {
        const [block] = await quick.take(1);
        if (block!.event === undefined) found++;
        if (block!.data.event?.data.touchpoint === 'later') return found;
      }
    })();
    for (let nth = 0; nth < 150; nth++) await system.store.append([large()]);
    const { position } = await system.store.append([storedAs(moment('slow', { touchpoint: 'later' }))]);
    // The other has come to the end before this one has read anything.
    expect(await seen).toBeGreaterThan(0);
    const blocks: Block[] = [];
    let skipped: Block | undefined;
    while (skipped === undefined) {
      const [block] = await slow.take(1);
      if (block!.event === 'skipped') skipped = block;
      else blocks.push(block!);
    }
    expect(skipped.id).toBeUndefined();
    const { after, upTo } = skipped.data;
    expect(after).toBe(blocks.at(-1)!.id);
    expect(BigInt(upTo)).toBe(position);
    await system.store.append([storedAs(moment('slow', { touchpoint: 'end' }))]);
    const [end] = await slow.take(1);
    expect(end!.data.event.data.touchpoint).toBe('end');
    slow.stop();
    // Resumed where it was, it gets all that it missed.
    const resumed = await openLive('', { 'last-event-id': after });
    const ids = (await resumed.take(151 - blocks.length)).map(({ id }) => BigInt(id!));
    expect(ids[0]).toBeGreaterThan(BigInt(after));
    expect(ids.at(-1)).toBe(position);
  }, 60_000);

  test('has comments while nothing happens', async () => {
    const live = await openLive();
    await live.next();
    expect((await live.next())!.text).toBe(':');
    expect((await live.next())!.text).toBe(':');
  });

  test('is refused with a reason: bad filters, bad positions, positions beyond the log', async () => {
    for (const query of ['?outcome=odd', '?stage=none', '?type=', `?customerId=${'x'.repeat(300)}`, '?type=a&type=b']) {
      expect((await openLive(query)).answer.status, query).toBe(400);
    }
    for (const id of ['-1', 'x', '1.5', '9'.repeat(30)]) {
      expect((await openLive('', { 'last-event-id': id })).answer.status, id).toBe(400);
    }
    const beyond = await fetch(`${url}/v1/live`, { headers: { 'last-event-id': '99999999' } });
    expect(beyond.status).toBe(409);
    expect(await beyond.json()).toMatchObject({ code: 'position_beyond_log', end: String(await system.store.head()) });
  });

  test('is one of a hundred at most, and the next may come once one has gone', async () => {
    const streams = await Promise.all(Array.from({ length: 100 }, () => openLive()));
    for (const { answer } of streams) expect(answer.status).toBe(200);
    const next = await openLive();
    expect(next.answer.status).toBe(503);
    expect(next.answer.headers.get('retry-after')).toBe('15');
    streams[0]!.stop();
    await expect.poll(async () => (await openLive()).answer.status, { timeout: 5_000 }).toBe(200);
  }, 30_000);

  test('is followed by the client over broken connections', async () => {
    const client = createClient({ url });
    const stopping = new AbortController();
    const after = String(await system.store.head());
    const events = Array.from({ length: 30 }, () => moment('client'));
    const seen: LiveItem[] = [];
    const following = (async () => {
      for await (const item of client.live({ customerId: 'client' }, { after, signal: stopping.signal })) {
        seen.push(item);
        if (seen.length === events.length) stopping.abort();
      }
    })();
    for (const event of events) await system.store.append([storedAs(event)]);
    await following;
    expect(seen.map((item) => item.kind === 'event' && item.event.event?.id)).toEqual(events.map(({ id }) => id));
  });
});

function storedAs({ customer, type, at, data = {}, id }: TestEvent) {
  const name = `touchstone.${type}.v1`;
  const source = '/test';
  const body = JSON.stringify({ specversion: '1.0', id, source, type: name, subject: customer, time: at, data });
  return { stream: `customer-${customer}`, source, id: id!, type: name, time: Date.parse(at), body };
}
