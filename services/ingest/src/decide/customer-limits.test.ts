import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type EventStore, type EventToAppend, sqliteEventStore } from '@touchstone/event-store';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { memoryEventStore } from '../../testing/memory-event-store.ts';
import { startIngest } from '../../testing/start-ingest.ts';
import { retryRejections } from '../rejected/retry-rejections.ts';
import { acceptEvents } from './accept-events.ts';
import { type CustomerLimits, limitedAppend } from './customer-limits.ts';
import { messageBatch } from './input-batch.ts';

const purchase = { type: 'touchstone.purchase.made.v1', data: { amount: 1, currency: 'EUR' } };
const promise = (id: string) => ({
  type: 'touchstone.promise.made.v1',
  data: { promiseId: id, dueAt: '2026-05-01T00:00:00.000Z' },
});
const moment = (journeyId: string) => ({
  type: 'touchstone.moment.recorded.v1',
  data: { journeyId, journeyType: 'order', touchpoint: 'desk', channel: 'web', outcome: 'succeeded' },
});
const survey = (journeyId: string) => ({
  type: 'touchstone.feedback.given.v1',
  data: { journeyId, journeyType: 'order', instrument: 'csat', score: 5 },
});

function published(id: string, { type, data }: { readonly type: string; readonly data: object }, subject = 'ada') {
  return { specversion: '1.0', id, source: '/s', type, subject, time: '2026-03-01T00:00:00.000Z', data };
}

const LIMITS: CustomerLimits = { events: 6, promises: 3, moments: 2 };

async function openStore(folder = mkdtempSync(join(tmpdir(), 'touchstone-limits-'))) {
  const store = await sqliteEventStore({ file: join(folder, 'events.db') });
  onTestFinished(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { store, folder };
}

/** Publishes the events; returns for each its rejection code, or the empty text if it is stored. */
async function publish(store: EventStore, limited: ReturnType<typeof limitedAppend>, events: readonly object[]) {
  const batch = messageBatch(events.map((event) => Buffer.from(JSON.stringify(event))));
  const { problems } = await acceptEvents({ store, limited }, batch, 'http');
  const codes = events.map((): string => '');
  for (const { index, code } of problems) codes[index] = code;
  return codes;
}

test('a journey, promises and a customer that are full take nothing new, each by name; everything else goes on, and repeats pass', async () => {
  const { store } = await openStore();
  const limited = limitedAppend(store, LIMITS);
  const first = [published('1', moment('j')), published('2', survey('j')), published('3', moment('j'))];
  expect(await publish(store, limited, first)).toEqual(['', '', 'journey_full']);
  expect(await publish(store, limited, [published('4', moment('k')), published('5', promise('p'))])).toEqual(['', '']);
  const more = ['6', '7', '8'].map((id) => published(id, promise(id)));
  expect(await publish(store, limited, more)).toEqual(['', '', 'customer_full']);
  expect(await publish(store, limited, [published('9', purchase)])).toEqual(['customer_full']);
  expect(await publish(store, limited, [published('9', purchase, 'bob'), ...first.slice(0, 2)])).toEqual(['', '', '']);
  const kept = await store.listRejections({ limit: 10 });
  expect(kept.map(({ code, eventId }) => [code, eventId])).toEqual([
    ['journey_full', '3'],
    ['customer_full', '8'],
    ['customer_full', '9'],
  ]);
  expect(JSON.parse(kept[0]!.errors)).toEqual([
    { path: 'data.journeyId', message: 'the journey has 2 moments, and may have no more' },
  ]);
});

test('a restart knows how much there is; with higher limits a retry takes what was kept', async () => {
  const { store, folder } = await openStore();
  const six = ['1', '2', '3', '4', '5', '6'].map((id) => published(id, purchase));
  expect(await publish(store, limitedAppend(store, LIMITS), six)).toEqual(Array(6).fill(''));
  await store.close();
  const { store: again } = await openStore(folder);
  const limited = limitedAppend(again, LIMITS);
  expect(await publish(again, limited, [published('7', purchase), six[0]!])).toEqual(['customer_full', '']);
  expect(await retryRejections({ store: again, limited }, undefined, () => undefined)).toMatchObject({ rejected: 1 });
  const raised = limitedAppend(again, { ...LIMITS, events: null });
  const retried = await retryRejections({ store: again, limited: raised }, undefined, () => undefined);
  expect(retried).toMatchObject({ retried: 1, accepted: 1, rejected: 0 });
  expect(await again.listRejections({ limit: 10 })).toEqual([]);
});

test('repeats take no room from what comes with them', async () => {
  const { store } = await openStore();
  const limited = limitedAppend(store, LIMITS);
  const five = ['1', '2', '3', '4', '5'].map((id) => published(id, purchase));
  await publish(store, limited, five);
  const batch = [...five, published('6', purchase), published('7', purchase)];
  expect(await publish(store, limited, batch)).toEqual(['', '', '', '', '', '', 'customer_full']);
});

test('who is far from every limit is appended at once, and read never', async () => {
  const memory = memoryEventStore();
  const calls: string[] = [];
  const counted: EventStore = {
    ...memory,
    append: (events, options) => {
      calls.push(`append ${events.length} ${JSON.stringify(options)}`);
      return memory.append(events, options);
    },
    streamPages: (...of) => {
      calls.push('read');
      return memory.streamPages(...of);
    },
  };
  const limited = limitedAppend(counted, { events: 200_000, promises: 100_000, moments: 50_000 });
  for (let at = 0; at < 5; at++) await publish(counted, limited, [published(String(at), moment('j'))]);
  expect(calls).toEqual(Array(5).fill('append 1 {"streamMax":50000}'));
});

test('where the store counts more than there is to read, as of streams of one hash, what is read has the last word', async () => {
  const { store } = await openStore();
  const append: EventStore['append'] = async (events, options = {}) =>
    options.streamMax === undefined ? store.append(events) : store.append(events, { streamMax: 0 });
  const limited = limitedAppend({ ...store, append }, LIMITS);
  const events = ['1', '2', '3', '4'].map((id) => published(id, promise(id)));
  expect(await publish(store, limited, events)).toEqual(['', '', '', 'customer_full']);
  expect(await publish(store, limited, events.slice(0, 1))).toEqual(['']);
});

test('without limits nothing is limited', async () => {
  const memory = memoryEventStore();
  const limited = limitedAppend(memory, { events: null, promises: null, moments: null });
  const many = Array.from({ length: 50 }, (_, at) => published(String(at), moment('j')));
  expect(await publish(memory, limited, many)).toEqual(Array(50).fill(''));
});

test('what another process stored is counted too, once it is come upon', async () => {
  const memory = memoryEventStore();
  const [one, other] = [limitedAppend(memory, LIMITS), limitedAppend(memory, LIMITS)];
  const three = ['1', '2', '3'].map((id) => published(id, purchase));
  await publish(memory, one, three);
  await publish(memory, other, [published('4', purchase), published('5', purchase)]);
  expect(await publish(memory, one, [published('6', purchase)])).toEqual(['']);
  expect(await publish(memory, one, [published('7', purchase), three[0]!])).toEqual(['customer_full', '']);
  expect(await publish(memory, other, [published('8', purchase)])).toEqual(['customer_full']);
});

test('over HTTP what is beyond a limit is answered by name, and a retry goes through the limits as well', async () => {
  const store = memoryEventStore();
  const { post } = await startIngest({
    store,
    limited: limitedAppend(store, { events: 2, promises: null, moments: 1 }),
  });
  const [first, second] = [published('1', moment('j')), published('2', moment('j'))];
  expect(await post([first, second])).toMatchObject({
    status: 200,
    body: { accepted: 1, rejected: 1, problems: [{ index: 1, id: '2', verdict: 'rejected', code: 'journey_full' }] },
  });
  expect((await post([published('3', purchase)])).body).toMatchObject({ accepted: 1 });
  const beyond = await post([published('4', purchase)]);
  expect(beyond).toMatchObject({ status: 422, body: { problems: [{ code: 'customer_full' }] } });
  expect((await post([first])).body).toMatchObject({ duplicates: 1 });
  expect((await post({}, {}, '/v1/rejected/retry')).body).toMatchObject({ retried: 2, rejected: 2, accepted: 0 });
});

const someEvent = fc
  .record({
    id: fc.integer({ min: 0, max: 40 }).map(String),
    subject: fc.constantFrom('ada', 'bob'),
    what: fc.constantFrom(purchase, promise('p'), moment('j'), moment('k'), survey('j')),
  })
  .map(({ id, subject, what }) => published(id, what, subject));

test('whatever comes, and across restarts: nothing beyond a limit is stored, nothing is refused that fits, and no repeat', async () => {
  const steps = fc.array(fc.record({ events: fc.array(someEvent, { maxLength: 12 }), isRestarted: fc.boolean() }), {
    maxLength: 12,
  });
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const store = memoryEventStore();
      let limited = limitedAppend(store, LIMITS);
      for (const { events, isRestarted } of all) {
        if (isRestarted) limited = limitedAppend(store, LIMITS);
        const codes = await publish(store, limited, events);
        const stored = store.events;
        for (const subject of ['ada', 'bob']) {
          const own = stored.filter(({ stream }) => stream === `customer-${subject}`);
          const has = howMuch(own);
          expect(has.events).toBeLessThanOrEqual(6);
          expect(has.promises).toBeLessThanOrEqual(3);
          expect(has.j).toBeLessThanOrEqual(2);
          expect(has.k).toBeLessThanOrEqual(2);
          events.forEach((event, at) => {
            if (event.subject !== subject || !codes[at]!.endsWith('full')) return;
            expect(own.some(({ body }) => isSame(JSON.parse(body), event))).toBe(false);
            const isScoredIn = (event.data as { readonly journeyId?: 'j' | 'k' }).journeyId;
            const isPromise = event.type.includes('promise');
            const isFull =
              has.events === 6 || (isPromise && has.promises === 3) || (isScoredIn && has[isScoredIn] === 2);
            expect(isFull).toBe(true);
          });
        }
      }
    }),
    { numRuns: 300 },
  );
});

function howMuch(own: readonly EventToAppend[]) {
  const count = (text: string) => own.filter(({ body }) => body.includes(text)).length;
  return {
    events: own.length,
    promises: count('"promiseId"'),
    j: count('"journeyId":"j"'),
    k: count('"journeyId":"k"'),
  };
}

const isSame = (one: ReturnType<typeof published>, other: ReturnType<typeof published>) =>
  one.id === other.id && isDeepStrictEqual(one.data, other.data);
