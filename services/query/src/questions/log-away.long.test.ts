import { endpoints } from '@touchstone/api';
import { toAppend } from '@touchstone/clock';
import { tellCuts } from '@touchstone/customer-folds';
import { EventStoreError } from '@touchstone/event-store';
import { historyCutEvent } from '@touchstone/journey';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { orderDefinition, shopStory } from '../../testing/shop-story.ts';
import { startTestSystem, type TestSystem } from '../../testing/start-test-system.ts';

/**
 * Answers while the log is unavailable: stopped, so that each read of it fails, or hanging, so that
 * no read of it ends.
 */

let system: TestSystem;
let now = Date.parse('2026-06-01T00:00:00Z');
let nowOfLog: (() => Promise<never>) | undefined;
beforeAll(async () => {
  system = await startTestSystem([orderDefinition], {
    logPatienceMs: 40,
    now: async () => nowOfLog?.() ?? now,
  });
  await system.publish(shopStory);
});
afterAll(() => system?.stop());
afterEach(comeBack);

/** Rejects the reads that hang now: they fail once the log is back, like a broken connection. */
let hanging: (() => void)[] = [];
function comeBack(): void {
  vi.restoreAllMocks();
  for (const fail of hanging) fail();
  hanging = [];
}
const AWAY = new EventStoreError('unavailable', 'it does not answer');

const STATES = {
  stopped: async () => Promise.reject(AWAY),
  hanging: () => new Promise<never>((_, reject) => hanging.push(() => reject(AWAY))),
};
const states = Object.keys(STATES) as (keyof typeof STATES)[];

function takeAway(state: keyof typeof STATES): void {
  const { store } = system;
  for (const name of ['head', 'counts', 'greatestTime', 'lastRecordedAt', 'readStream', 'listRejections'] as const) {
    vi.spyOn(store, name).mockImplementation(STATES[state] as never);
  }
  for (const name of ['streamPages', 'readAll'] as const) {
    vi.spyOn(store, name).mockImplementation(
      () => ({ [Symbol.asyncIterator]: () => ({ next: STATES[state] }) }) as never,
    );
  }
}

it.each(states)('a customer and a journey of a log that is %s come from rows, and say so', async (state) => {
  const whole = (await system.get('/v1/customers/anna')).body;
  const [first] = whole.journeys;
  takeAway(state);
  const { status, body } = await system.get('/v1/customers/anna');
  expect(status).toBe(200);
  endpoints.getCustomer.answer.parse(body);
  const { next: _, total: __, nextCursor: ___, ...shown } = whole;
  const marks = { source: 'rows', settledTo: '2026-06-01T00:00:00.000Z', projected: expect.stringMatching(/^\d+$/) };
  expect(body).toEqual({ ...shown, ...marks });
  for (const path of [`/v1/journeys/${first.id}`, `/v1/journeys/${first.id}?customerId=anna`]) {
    const journey = await system.get(path);
    endpoints.getJourney.answer.parse(journey.body);
    expect(journey.body).toEqual({ ...first, ...marks });
  }
});

it.each(states)('what only a log that is %s can say is a 503 with a title for readers', async (state) => {
  takeAway(state);
  for (const path of [
    '/v1/customers/anna?asOf=2026-02-01T00:00:00Z',
    '/v1/customers/anna?knownAt=2026-02-01T00:00:00Z',
    '/v1/journeys/anna-1?customerId=anna&asOf=2026-02-01T00:00:00Z',
    '/v1/customers/anna?cursor=1.1.1',
    // The read model has no rows of them, which does not prove that the log has no events.
    '/v1/customers/nobody',
    '/v1/journeys/none?customerId=anna',
    '/v1/position',
    '/v1/clock',
    '/v1/definitions',
    '/v1/objectives',
    '/v1/alerts',
  ]) {
    const { status, body, headers } = await system.get(path);
    expect({ status, code: body.code, title: body.title }, path).toEqual({
      ...{ status: 503, code: 'store_unavailable', title: 'The event store is not available' },
    });
    expect(headers['retry-after']).toBe('1');
  }
});

it.each(states)('lists that may be overdue while the log is %s say so, others do not', async (state) => {
  await system.deps.progress.settled();
  takeAway(state);
  expect((await system.get('/v1/customers')).headers).not.toHaveProperty('touchstone-settling');
  system.setNow('2027-06-01T00:00:00Z');
  now = Date.parse('2027-06-01T00:00:00Z');
  const { status, headers, body } = await system.get('/v1/customers');
  system.setNow('2026-06-01T00:00:00Z');
  now = Date.parse('2026-06-01T00:00:00Z');
  expect({ status, settling: headers['touchstone-settling'] }).toEqual({ status: 200, settling: 'true' });
  expect(body.items.length).toBeGreaterThan(0);
});

it('where the log alone knows what now is, nothing is said without it', async () => {
  nowOfLog = STATES.hanging;
  takeAway('hanging');
  for (const path of ['/v1/customers/ben', '/v1/customers']) expect((await system.get(path)).status, path).toBe(503);
  nowOfLog = undefined;
});

it('a log that is back is read at once', async () => {
  takeAway('hanging');
  expect((await system.get('/v1/customers/anna')).body.source).toBe('rows');
  comeBack();
  await vi.waitFor(async () => expect((await system.get('/v1/customers/anna')).body.next).toBeNull(), 10_000);
});

it('rows tell since when the history of a customer who was cut is whole, and which was the last event that is gone', async () => {
  const stored = await system.store.readStream('customer-anna');
  const cut = { upTo: stored[4]!.position, from: stored[5]!.recordedAt, isErased: false };
  const fact = toAppend(historyCutEvent('anna', cut, { by: 'read', at: now }));
  await system.projector.progress.reached((await tellCuts(system.store, [fact])).position, 30_000);
  const { historyCut, journeys } = (await system.get('/v1/customers/anna')).body;
  expect(historyCut).toEqual({ upTo: String(cut.upTo), from: new Date(cut.from).toISOString() });
  takeAway('stopped');
  const { body } = await system.get('/v1/customers/anna');
  endpoints.getCustomer.answer.parse(body);
  expect(body).toMatchObject({ source: 'rows', historyCut });
  const journey = (await system.get(`/v1/journeys/${journeys[0].id}?customerId=anna`)).body;
  endpoints.getJourney.answer.parse(journey);
  expect(journey).toMatchObject({ source: 'rows', historyCut });
  expect((await system.get('/v1/customers/ben')).body).not.toHaveProperty('historyCut');
});
