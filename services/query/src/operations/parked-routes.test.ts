import { type Upcaster, upcasters } from '@touchstone/journey';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { orderDefinition, parkedStory, shopStory } from '../../testing/shop-story.ts';
import { startTestSystem, type TestSystem } from '../../testing/start-test-system.ts';

let system: TestSystem;
let positions: string[];

const imagined = (customer: string, id: string) => ({
  customer,
  at: '2026-05-02T12:00:00.000Z',
  type: 'moment.imagined',
  id,
});

beforeAll(async () => {
  system = await startTestSystem([orderDefinition]);
  await system.publish([...shopStory, ...parkedStory, imagined('dora', 'worse'), imagined('anna', 'bad')]);
  positions = (await parked()).map(({ position }) => position);
});
afterAll(() => system?.stop());

async function parked(after?: string): Promise<readonly { position: string; eventId: string; error: string }[]> {
  const headers = after === undefined ? {} : { 'touchstone-after': after };
  return (await system.get('/v1/parked', headers)).body.items;
}

/**
 * Registers an upcaster, for this test, that turns imagined moments into purchases; one of the
 * parked events stays unreadable.
 */
function makeReadable(): void {
  const type = 'touchstone.moment.imagined.v1';
  const step: Upcaster = () => ({ type: 'touchstone.purchase.made.v1', data: { amount: 5, currency: 'EUR' } });
  (upcasters as Map<string, Upcaster>).set(type, step);
  onTestFinished(() => void (upcasters as Map<string, Upcaster>).delete(type));
}

it('asks nothing of what is not parked, and names it', async () => {
  const answer = await system.post('/v1/parked/retry', { positions: [positions[0], '1', '18446744073709551615'] });
  expect(answer).toMatchObject({
    status: 404,
    body: {
      code: 'not_found',
      detail: expect.stringContaining('1 is not parked; 18446744073709551615 is not parked'),
      errors: [{ path: 'positions.1' }, { path: 'positions.2' }],
    },
  });
  expect((await system.post('/v1/parked/retry', { positions: [] })).status).toBe(400);
  expect((await system.post('/v1/parked/retry', { positions: ['18446744073709551616'] })).status).toBe(400);
  expect((await system.post('/v1/parked/retry', { position: ['1'] })).status).toBe(400);
  expect((await system.store.readStream('changes-anna')).filter(({ type }) => type.includes('retried'))).toEqual([]);
});

it('what cannot be taken again stays parked, and the answer says from where on that is known', async () => {
  const { status, body } = await system.post('/v1/parked/retry');
  expect(status).toBe(200);
  expect(body).toEqual({ asked: 3, position: expect.stringMatching(/^\d+$/) });
  expect((await parked(body.position)).map(({ position }) => position)).toEqual(positions);
  const asked = [];
  for (const customer of ['anna', 'dora']) {
    const retries = (await system.store.readStream(`changes-${customer}`)).filter(({ type }) =>
      type.includes('retried'),
    );
    asked.push(...retries.map(({ body }) => JSON.parse(body).data.positions));
  }
  // One event for each customer.
  expect(asked.sort((a, b) => a.length - b.length)).toEqual([[positions[2]], [positions[0], positions[1]]]);
});

it('what can be taken now is measured at its place, in lists as in the customer itself', async () => {
  makeReadable();
  const { body } = await system.post('/v1/parked/retry', { positions: [positions[0], positions[2], positions[0]] });
  expect(body.asked).toBe(2);
  expect((await parked(body.position)).map(({ position }) => position)).toEqual([positions[1]]);
  const { items } = (await system.get('/v1/customers?limit=500')).body;
  expect(items.find(({ id }: { id: string }) => id === 'dora')).toMatchObject({ purchases: 1 });
  expect([...system.projector.parked].map(String)).toEqual([positions[1]]);

  const { body: rest } = await system.post('/v1/parked/retry');
  expect(rest.asked).toBe(1);
  expect(await parked(rest.position)).toEqual([]);
  const position = (await system.get('/v1/position')).body;
  expect(position).toMatchObject({ parked: 0, stored: position.projectedEvents });
  expect((await system.get('/v1/conservation')).body).toMatchObject({ balanced: true, totals: { parked: 0, gap: 0 } });

  const nothing = await system.post('/v1/parked/retry');
  expect(nothing.body).toEqual({ asked: 0, position: String(await system.store.head()) });
});
