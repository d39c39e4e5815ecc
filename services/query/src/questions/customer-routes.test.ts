import { describe, expect, it } from 'vitest';
import { oddCustomer } from '../../testing/shop-story.ts';
import { idsOf } from '../../testing/start-test-system.ts';
import { toldSystem } from '../../testing/told-system.ts';

const told = toldSystem();
const { get } = told;

describe('one customer', () => {
  it('has a stage, its history, and what is missing for the next', async () => {
    const { body } = await get('/v1/customers/anna');
    expect(Object.keys(body)).toEqual(
      'id stage since satisfaction satisfiedMoments delights purchases loyalty quietlyLeaving history journeys next total nextCursor'.split(
        ' ',
      ),
    );
    expect(body).toMatchObject({ stage: 'behavioural', purchases: 4, loyalty: 'true', next: null });
    expect(body.history[0]).toEqual({
      from: 'none',
      to: 'cognitive',
      at: '2026-01-03T10:00:00.000Z',
      because: 'earned',
      satisfaction: expect.closeTo(85.3, 9),
    });
    expect(body.journeys.map(({ id }: { id: string }) => id)).toEqual(['anna-1', 'anna-2', 'anna-3', 'shared']);
    const { next } = (await get('/v1/customers/ben')).body;
    expect(next.stage).toBe('cognitive');
    expect(next.missing[0]).toEqual({ requirement: 'satisfaction', have: 49, need: 70, comparison: 'at-least' });
  });

  it('as of a time is as they were then', async () => {
    const { body } = await get('/v1/customers/anna?asOf=2026-02-01T00:00:00Z');
    expect(body).toMatchObject({ stage: 'cognitive', purchases: 1 });
    const later = await get('/v1/customers/anna?asOf=2028-01-01T00:00:00Z');
    expect(later.body.stage).not.toBe('behavioural');
    expect((await get('/v1/customers/anna?asOf=2025-12-31T00:00:00%2B02:00')).status).toBe(404);
  });

  it('as known at a time rests only on what was stored by then', async () => {
    const stored = await told.system().store.readStream('customer-anna');
    const knownAt = stored.at(-1)!.recordedAt;
    while (Date.now() <= knownAt) await new Promise((next) => setImmediate(next));
    await told.system().publish([
      {
        customer: 'anna',
        at: '2026-01-15T10:00:00.000Z',
        type: 'purchase.made',
        data: { amount: 5, currency: 'EUR' },
      },
    ]);
    const time = new Date(knownAt).toISOString();
    expect((await get(`/v1/customers/anna?knownAt=${time}`)).body.purchases).toBe(4);
    expect((await get('/v1/customers/anna')).body.purchases).toBe(5);
    const before = new Date(stored[0]!.recordedAt - 1).toISOString();
    expect((await get(`/v1/customers/anna?knownAt=${before}`)).status).toBe(404);
    expect((await get(`/v1/journeys/anna-1?knownAt=${before}`)).status).toBe(404);
    const both = await get(`/v1/customers/anna?knownAt=${time}&asOf=2026-01-31T00:00:00Z`);
    expect(both.body.purchases).toBe(1);
  });

  it('with an event that no fold can take is told without it, and says so', async () => {
    const { status, body } = await get('/v1/customers/dora');
    expect(status).toBe(200);
    expect(body).toMatchObject({ satisfiedMoments: 2, parkedEvents: 1 });
    expect((await get('/v1/journeys/dora-1')).body).toMatchObject({ moments: 2, parkedEvents: 1 });
  });

  it('may have an id of any characters', async () => {
    expect((await get(`/v1/customers/${encodeURIComponent(oddCustomer)}`)).body.id).toBe(oddCustomer);
  });

  it('whom nobody knows is a 404', async () => {
    expect(await get('/v1/customers/nobody')).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });
});

describe('the list of customers', () => {
  it.each([
    ['stage=none', ['ben', 'cleo', 'dora', oddCustomer]],
    ['stage=behavioural', ['anna']],
    ['loyalty=true', ['anna']],
    ['quietlyLeaving=true', []],
    ['quietlyLeaving=false', ['anna', 'ben', 'cleo', 'dora', oddCustomer]],
    ['minSatisfaction=79', ['anna', 'dora']],
    ['maxSatisfaction=49', ['ben', 'cleo']],
    ['minSatisfaction=45&maxSatisfaction=75', ['ben', oddCustomer]],
  ])('takes %s', async (query, expected) => {
    expect(idsOf(await get(`/v1/customers?${query}&sort=id`)).sort()).toEqual([...expected].sort());
  });

  it('shows the figures that the single customers show', async () => {
    for (const item of (await get('/v1/customers')).body.items) {
      expect((await get(`/v1/customers/${encodeURIComponent(item.id)}`)).body).toMatchObject(item);
    }
  });

  it('is walked whole by cursors', async () => {
    const first = await get('/v1/customers?limit=2');
    const second = await get(`/v1/customers?limit=2&cursor=${first.body.nextCursor}`);
    const third = await get(`/v1/customers?limit=2&cursor=${second.body.nextCursor}`);
    expect([...idsOf(first), ...idsOf(second), ...idsOf(third)]).toEqual(idsOf(await get('/v1/customers')));
    expect(third.body.nextCursor).toBeNull();
  });
});

describe('what is missing for the next stage', () => {
  it('counts the critical failures that stand, one a touchpoint of a journey', async () => {
    const failed = (hour: number, journeyId: string, outcome = 'failed') => ({
      customer: 'vera',
      at: `2026-04-01T0${hour}:00:00.000Z`,
      type: 'moment.recorded',
      data: { journeyId, journeyType: 'order', touchpoint: 'payment.approved', channel: 'web', outcome },
    });
    await told
      .system()
      .publish([
        failed(1, 'vera-1'),
        failed(2, 'vera-1'),
        failed(3, 'vera-2'),
        failed(4, 'vera-3'),
        failed(5, 'vera-3', 'succeeded'),
      ]);
    const { next } = (await get('/v1/customers/vera?asOf=2026-04-02T00:00:00Z')).body;
    const stands = { requirement: 'standing-critical-failures', have: 2, need: 0, comparison: 'at-most' };
    expect(next.missing).toContainEqual(stands);
  });
});

describe('who is quietly leaving', () => {
  it('is silent for longer than their rhythm allows, or too long without one: the list and the customer agree to the millisecond', async () => {
    // Anna comes once in 31 days, and was last there on the third of April at ten; dora was there
    // once, on the third of May.
    const leaving = async (now: string) => {
      told.system().setNow(now);
      const listed = idsOf(await get('/v1/customers?quietlyLeaving=true&sort=id'));
      for (const id of ['anna', 'dora']) {
        expect((await get(`/v1/customers/${id}`)).body.quietlyLeaving).toBe(listed.includes(id));
      }
      return listed;
    };
    expect(await leaving('2026-06-04T10:00:00.000Z')).toEqual([]);
    expect(await leaving('2026-06-04T10:00:00.001Z')).toEqual(['anna']);
    expect(await leaving('2026-10-30T12:00:00.000Z')).toEqual(['anna']);
    expect(await leaving('2026-10-30T12:00:00.001Z')).toEqual(['anna', 'dora']);
  });
});

it('a customer of whom there is much comes page by page, of what was stored when the first page was asked for', async () => {
  const met = (hour: number, journeyId: string) => ({
    customer: 'paula',
    at: `2026-04-01T0${hour}:00:00.000Z`,
    type: 'moment.recorded',
    data: { journeyId, journeyType: 'order', touchpoint: 'desk', channel: 'web', outcome: 'succeeded', perception: 5 },
  });
  await told.system().publish(Array.from({ length: 5 }, (_, at) => met(at, `paula-${at}`)));
  const { history, journeys, total, nextCursor } = (await get('/v1/customers/paula')).body;
  expect({ total, nextCursor }).toEqual({ total: { history: history.length, journeys: 5 }, nextCursor: null });
  const first = (await get('/v1/customers/paula?limit=3')).body;
  expect(first.total).toEqual(total);
  await told.system().publish([met(9, 'paula-late')]);
  const second = (await get(`/v1/customers/paula?limit=3&cursor=${first.nextCursor}`)).body;
  expect([...first.history, ...second.history]).toEqual(history);
  expect([...first.journeys, ...second.journeys]).toEqual(journeys);
  expect(second.nextCursor).toBeNull();
});
