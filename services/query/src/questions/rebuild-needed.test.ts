import { endpoints } from '@touchstone/api';
import { definitionsByType, policyV1, RULES } from '@touchstone/journey';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { orderDefinition, shopStory } from '../../testing/shop-story.ts';
import { startTestSystem, type TestSystem } from '../../testing/start-test-system.ts';

/** A read model that an earlier version filled, which lacks what reports read. */
const measures = { policy: policyV1, definitions: definitionsByType([orderDefinition]), rules: RULES - 1 };

let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem([orderDefinition], { measures: () => measures });
  await system.publish(shopStory);
});
afterAll(() => system?.stop());

it.each([
  'worklist',
  'promises/report',
  'complaints/report',
  'recovery',
  'quality',
  'gaps?type=order',
  'benchmarks?by=team&measure=success',
])('%s is refused until the rows are filled anew, never answered without what they lack', async (path) => {
  const { status, body } = await system.get(`/v1/${path}`);
  expect({ status, code: body.code, detail: body.detail }).toEqual({
    status: 409,
    code: 'rebuild_needed',
    detail: expect.stringContaining('GET /v1/rebuild'),
  });
});

it('an index is refused as well, and what reads nothing new is answered', async () => {
  expect(await system.post(endpoints.askIndex.path, { name: 'rater' })).toMatchObject({ status: 409 });
  for (const path of ['loyalty/stages', 'loyalty/tiers', 'journeys', 'promises']) {
    expect(await system.get(`/v1/${path}`)).toMatchObject({ status: 200 });
  }
});
