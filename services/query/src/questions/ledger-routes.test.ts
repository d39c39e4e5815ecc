import { describe, expect, it } from 'vitest';
import { idsOf } from '../../testing/start-test-system.ts';
import { toldSystem } from '../../testing/told-system.ts';

const { get } = toldSystem();

describe('the ledgers', () => {
  it.each([
    ['promises?state=broken', ['ben-p']],
    ['promises?customerId=cleo', ['cleo-p']],
    ['promises?journeyId=ben-1', ['ben-p']],
    ['promises?dueFrom=2026-03-05T00:00:00Z&dueTo=2026-03-06T00:00:00Z', ['ben-p']],
    ['complaints', ['cleo-c', 'ben-c']],
    ['complaints?state=open', ['ben-c']],
    ['complaints?state=resolved', ['cleo-c']],
    ['complaints?raisedFrom=2026-05-01T00:00:00Z', ['cleo-c']],
    ['complaints?raisedTo=2026-05-01T00:00:00Z&journeyId=ben-1', ['ben-c']],
  ])('take %s', async (query, expected) => {
    expect(idsOf(await get(`/v1/${query}`))).toEqual(expected);
  });

  it('go on by cursors', async () => {
    const first = await get('/v1/promises?limit=1');
    expect(idsOf(await get(`/v1/promises?limit=1&cursor=${first.body.nextCursor}`))).toEqual(['cleo-p']);
    const changes = await get('/v1/trust-changes?limit=2');
    const rest = await get(`/v1/trust-changes?limit=2&cursor=${changes.body.nextCursor}`);
    expect([...changes.body.items, ...rest.body.items].map(({ to }: { to: string }) => to)).toEqual([
      'behavioural',
      'affective',
      'cognitive',
    ]);
  });

  it('show moves between stages by reason, customer and time', async () => {
    expect((await get('/v1/trust-changes?because=idle')).body.items).toEqual([]);
    const query = 'because=earned&customerId=anna&from=2026-02-01T00:00:00Z&to=2026-03-01T00:00:00Z';
    expect((await get(`/v1/trust-changes?${query}`)).body.items).toMatchObject([
      { from: 'cognitive', to: 'affective' },
    ]);
  });

  it('show what was set aside, and why', async () => {
    const { body } = await get('/v1/parked?limit=1');
    expect(body.items).toMatchObject([
      { customerId: 'dora', eventId: 'dora-bad', position: expect.stringMatching(/^\d+$/) },
    ]);
    expect((await get(`/v1/parked?cursor=${body.nextCursor}`)).body).toEqual({ items: [], nextCursor: null });
  });
});
