import { expect, it } from 'vitest';
import { clientOf } from '../../testing/answering-system.ts';
import { selfCheck } from './self-check.ts';

const client = (answer: object) => clientOf(() => answer).client;
const held = { name: 'start = cases', left: 5, right: 5, ok: true };
const differing = ['a', 'b', 'c', 'd'].map((name) => ({ name: `node ${name} journeys`, left: 4, right: 5, ok: false }));

it('answers that agree are good', async () => {
  const check = await selfCheck(client({ ok: true, checks: [held], journeys: [] }));
  expect(check).toMatchObject({ state: 'good', found: 'agree in all of 1 checks' });
});

it('a difference is bad, and it and its journeys are named', async () => {
  const journeys = [{ customerId: 'anna', journeyId: 'order-1' }];
  const check = await selfCheck(client({ ok: false, checks: [held, ...differing], journeys }));
  expect(check).toMatchObject({
    state: 'bad',
    found:
      '4 of 5 checks differ: node a journeys: 4 and 5, node b journeys: 4 and 5, node c journeys: 4 and 5 and 1 more; journeys: order-1 of anna',
  });
});

it('a difference while rows are written all the time is no fault', async () => {
  const answer = { ok: false, moved: true, checks: differing, journeys: [] };
  expect(await selfCheck(client(answer))).toMatchObject({ state: 'unknown', found: expect.stringContaining('4 of 4') });
});
