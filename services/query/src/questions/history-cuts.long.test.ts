import { toAppend } from '@touchstone/clock';
import { tellCuts } from '@touchstone/customer-folds';
import { historyCutEvent } from '@touchstone/journey';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { orderDefinition, shopStory } from '../../testing/shop-story.ts';
import { startTestSystem, type TestSystem } from '../../testing/start-test-system.ts';

/** The measurement obeys an event that cuts a history, although the log still holds the events. */

let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem([orderDefinition]);
  await system.publish(shopStory);
});
afterAll(() => system?.stop());

async function tell(customerId: string, upTo: bigint, isErased = false): Promise<void> {
  const event = historyCutEvent(customerId, { upTo, from: null, isErased }, { by: 'read', at: Date.now() });
  const fact = [toAppend(event)];
  const [first, again] = [await tellCuts(system.store, fact), await tellCuts(system.store, fact)];
  expect([first.outcomes, again.outcomes]).toEqual([['accepted'], ['duplicate']]);
  await system.projector.progress.reached(again.position, 30_000);
}

const again = { journeyType: 'order', touchpoint: 'order.placed', channel: 'web', outcome: 'succeeded' };

const listed = async (url: string, id: string) =>
  (await system.get(url)).body.items.filter(
    (item: { id: string; customerId?: string }) => (item.customerId ?? item.id) === id,
  );

it('a customer, their journeys and what is counted are what is left makes them', async () => {
  const stored = await system.store.readStream('customer-anna');
  const before = (await system.get('/v1/position')).body;
  const at = stored[Math.floor(stored.length / 2)]!;
  const gone = stored.filter(({ position }) => position <= at.position).length;
  await tell('anna', at.position);

  const { status, body } = await system.get('/v1/customers/anna');
  expect(status).toBe(200);
  expect(body.historyCut).toEqual({ from: null, upTo: String(at.position) });
  const { history: _, next: __, total: ___, nextCursor: ____, historyCut: _____, journeys, ...summary } = body;
  expect(await listed('/v1/customers?limit=500', 'anna')).toEqual([summary]);
  expect(await listed('/v1/journeys?limit=500&sort=startedAt', 'anna')).toEqual(journeys);
  const after = (await system.get('/v1/position')).body;
  expect({ accepted: after.accepted, cut: after.cut, stored: after.stored }).toEqual({
    ...{ accepted: before.accepted, cut: gone, stored: before.stored - gone },
  });
  expect(after.projectedEvents + after.parked).toBe(after.stored);
  expect((await system.get('/v1/conservation')).body).toMatchObject({ balanced: true, totals: { cut: gone, gap: 0 } });
  expect((await system.deps.readModels.verify(system.deps.generation())).faults).toEqual([]);
});

it('of a customer who was erased nothing is left, anywhere', async () => {
  await tell('ben', await system.store.head(), true);
  expect(await system.get('/v1/customers/ben')).toMatchObject({ status: 410, body: { code: 'customer_erased' } });
  expect(await listed('/v1/customers?limit=500', 'ben')).toEqual([]);
  expect(await listed('/v1/journeys?limit=500', 'ben')).toEqual([]);
  expect((await system.get('/v1/conservation')).body.balanced).toBe(true);
  expect((await system.deps.readModels.verify(system.deps.generation())).faults).toEqual([]);
});

it('whoever is published anew after they were erased elsewhere is what that makes them, in lists and alone', async () => {
  await system.publish([
    {
      customer: 'ben',
      at: '2026-05-01T09:00:00.000Z',
      type: 'moment.recorded',
      data: { ...again, journeyId: 'ben-2' },
    },
  ]);
  const { status, body } = await system.get('/v1/customers/ben');
  expect({ status, cut: body.historyCut, journeys: body.journeys.map(({ id }: { id: string }) => id) }).toEqual({
    status: 200,
    cut: { from: null, upTo: expect.stringMatching(/^\d+$/) },
    journeys: ['ben-2'],
  });
  expect(await listed('/v1/journeys?limit=500', 'ben')).toEqual(body.journeys);
});
