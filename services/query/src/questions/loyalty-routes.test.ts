import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestSystem, type TestEvent, type TestSystem } from '../../testing/start-test-system.ts';

const NOW = '2026-06-01T00:00:00.000Z';
const at = '2026-05-20T10:00:00Z';

/** A satisfied customer who bought for this amount. */
const buyer = (customer: string, amount: number): readonly TestEvent[] => [
  {
    customer,
    type: 'moment.recorded',
    at,
    data: { touchpoint: 'desk.asked', channel: 'web', outcome: 'succeeded', perception: 5 },
  },
  { customer, type: 'purchase.made', at, data: { amount, currency: 'EUR' } },
];

let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem([]);
  await system.publish([
    ...buyer('ada', 500),
    ...buyer('bea', 400),
    ...buyer('cem', 300),
    { customer: 'bea', type: 'complaint.raised', at, data: { complaintId: 'c-1' } },
  ]);
  system.setNow(NOW);
});
afterAll(() => system?.stop());

it('the customers of a tier who are at risk are as many as the tier counts, and the others are the rest', async () => {
  const { tiers } = (await system.get('/v1/loyalty/tiers')).body;
  const idsIn = async (query: string) =>
    (await system.get(`/v1/loyalty/tiers/A${query}`)).body.items.map(
      ({ customerId }: { customerId: string }) => customerId,
    );
  expect(await idsIn('?atRisk=true')).toEqual(['bea']);
  expect(tiers[0]).toMatchObject({ tier: 'A', atRisk: 1 });
  const others = await idsIn('?atRisk=false');
  expect([...others, 'bea'].sort()).toEqual((await idsIn('')).sort());
});
