import { describe, expect, it } from 'vitest';
import { toldSystem } from '../../testing/told-system.ts';

const { get } = toldSystem();

describe('figures over everything', () => {
  it('are rates with their interval, split as asked', async () => {
    const { rows } = (await get('/v1/touchpoints/failure-rates')).body;
    expect(rows).toHaveLength(5);
    const payment = rows.find(({ touchpoint }: { touchpoint: string }) => touchpoint === 'payment.approved');
    expect(payment).toMatchObject({ channel: 'web', bucket: null, moments: 5, failures: 1, rate: 0.2 });
    expect(payment.low).toBeCloseTo(0.0362, 4);
    expect(payment.high).toBeCloseTo(0.6245, 4);
    const daily = await get(
      '/v1/touchpoints/failure-rates?by=touchpoint&bucket=1d&from=2026-03-01T00:00:00Z&to=2026-03-02T00:00:00Z',
    );
    expect(daily.body.rows).toEqual([
      expect.objectContaining({ touchpoint: 'order.placed', bucket: '2026-03-01T00:00:00.000Z', moments: 2, rate: 0 }),
      expect.objectContaining({ touchpoint: 'payment.approved', moments: 1, failures: 1, rate: 1 }),
    ]);
    const byColour = await get('/v1/touchpoints/failure-rates?by=attribute.colour');
    expect(byColour.body.rows[1]).toMatchObject({ 'attribute.colour': 'red', moments: 4 });
  });

  it('are counts of stages, levels, states, and the latest moves', async () => {
    const { body } = await get('/v1/overview');
    expect(body).toMatchObject({
      now: '2026-06-01T00:00:00.000Z',
      customersByStage: { none: 4, cognitive: 0, affective: 0, behavioural: 1 },
      journeysByStatus: { open: 2, completed: 5, abandoned: 1 },
      promisesByState: { open: 0, kept: 1, 'kept-late': 0, broken: 1, withdrawn: 0 },
    });
    expect(body.journeysByLevel).toEqual([
      { level: 'satisfied', journeys: 5 },
      { level: 'neutral', journeys: 1 },
      { level: 'slightly-dissatisfied', journeys: 1 },
      { level: 'very-dissatisfied', journeys: 1 },
    ]);
    expect(body.latestTrustChanges[0]).toEqual({
      customerId: 'anna',
      from: 'affective',
      to: 'behavioural',
      at: '2026-04-02T10:00:00.000Z',
      because: 'earned',
      satisfaction: expect.closeTo(89.950486, 6),
    });
  });
});
