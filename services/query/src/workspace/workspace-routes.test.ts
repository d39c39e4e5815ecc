import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { orderDefinition, shopStory } from '../../testing/shop-story.ts';
import { startTestSystem, type TestSystem } from '../../testing/start-test-system.ts';

const NOW = '2026-06-01T00:00:00.000Z';
const LATER = '2026-06-02T00:00:00.000Z';

let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem([orderDefinition]);
  await system.publish(shopStory);
  system.setNow(NOW);
});
afterAll(() => system?.stop());

const get = async (url: string) => (await system.get(url)).body as Record<string, unknown>;

describe('search', () => {
  it('finds ids by their beginning as written, and names by any part of them', async () => {
    expect(await get('/v1/search?q=anna-')).toMatchObject({
      journeys: ['anna-1', 'anna-2', 'anna-3'].map((id) => ({ id, customerId: 'anna', type: 'order' })),
      customers: [],
      touchpoints: [],
      types: [],
    });
    expect(await get('/v1/search?q=ann&limit=1')).toMatchObject({
      journeys: [{ id: 'anna-1' }],
      customers: [{ id: 'anna', stage: expect.any(String) }],
    });
    expect(await get('/v1/search?q=Anna')).toMatchObject({ journeys: [], customers: [] });
    const { touchpoints, types } = await get('/v1/search?q=RDER');
    expect(touchpoints).toEqual([expect.objectContaining({ name: 'order.placed' })]);
    expect(types).toEqual([expect.objectContaining({ name: 'order' })]);
  });

  it.each(["'", '\\', '%', '_', '"; DROP TABLE journeys', '\u{1f600}'])('takes %s as text', async (q) => {
    const { status, body } = await system.get(`/v1/search?q=${encodeURIComponent(q)}`);
    expect({ status, body }).toMatchObject({ status: 200, body: { journeys: [], customers: [] } });
  });
});

describe('saved views', () => {
  const view = { title: 'Orders on the app', address: '/journeys?type=order&channel=app' };
  it('are kept for everybody until somebody replaces or removes them', async () => {
    const put = await system.put('/v1/views/app', view);
    expect(put.body).toMatchObject({ name: 'app', view });
    await system.put('/v1/views/app', view);
    const other = { ...view, title: 'The app' };
    await system.put('/v1/views/app', other);
    expect(await get('/v1/views')).toMatchObject({ items: [{ name: 'app', view: other }] });
    expect((await system.delete('/v1/views/app')).body).toMatchObject({ name: 'app', view: other });
    expect(await get('/v1/views')).toEqual({ items: [] });
    expect((await system.delete('/v1/views/app')).status).toBe(404);
    await system.put('/v1/views/app', view);
    expect(await get('/v1/views')).toMatchObject({ items: [{ name: 'app', view }] });
  });

  it.each(['https://evil.example/', '//evil.example/', 'javascript:alert(1)', '/a b', '/\\evil.example', ''])(
    'lead to a page of this site, not to %s',
    async (address) => {
      const { status, body } = await system.put('/v1/views/evil', { title: 'x', address });
      expect({ status, body }).toMatchObject({ status: 422, body: { errors: [{ path: 'address' }] } });
    },
  );
});

describe('annotations', () => {
  it('are told by their time, with the versions of definitions', async () => {
    await system.put('/v1/annotations/release-4.2', {
      at: '2026-03-02T10:00:00+02:00',
      text: 'release 4.2',
    });
    await system.put('/v1/annotations/outage', {
      at: '2026-03-01T00:00:00Z',
      text: 'the carrier is on strike',
    });
    await system.put('/v1/definitions/order', { ...orderDefinition, title: 'An order' });
    const told = await get('/v1/annotations');
    expect(told.items).toEqual([
      { name: 'outage', at: '2026-03-01T00:00:00.000Z', text: 'the carrier is on strike' },
      { name: 'release-4.2', at: '2026-03-02T08:00:00.000Z', text: 'release 4.2' },
    ]);
    expect(told.definitions).toEqual([{ type: 'order', version: 1, at: expect.any(String) }]);
    const some = await get('/v1/annotations?from=2026-03-01T00:00:01Z&to=2026-03-03T00:00:00Z');
    expect(some).toMatchObject({ items: [{ name: 'release-4.2' }], definitions: [] });
    await system.delete('/v1/annotations/outage');
    expect((await get('/v1/annotations')).items).toHaveLength(1);
  });

  it('without a time, or with a text of 201 characters, are refused by name', async () => {
    const { body } = await system.put('/v1/annotations/x', { at: 'soon', text: 'x'.repeat(201) });
    expect(body).toMatchObject({ status: 422, errors: [{ path: 'at' }, { path: 'text' }] });
  });
});

describe('marks of the worklist', () => {
  const listed = async (query = '') =>
    ((await get(`/v1/worklist${query}`)).items as { customerId: string; mark?: object }[]).map(
      ({ customerId, mark }) => ({
        customerId,
        mark,
      }),
    );
  const mark = (customerId: string, given: object) => system.put(`/v1/worklist/${customerId}/mark`, given);

  it('show who takes care; who is put off or done with is left out of what is to do, until time or news bring them back', async () => {
    const all = await listed();
    const { customerId } = all[0]!;
    const others = all.slice(1);
    expect(all.every((item) => item.mark === undefined)).toBe(true);

    const taken = await mark(customerId, { state: 'taken', by: 'ada', note: 'calls today' });
    expect(taken.body).toEqual({ state: 'taken', by: 'ada', at: NOW, until: null, note: 'calls today' });
    expect((await listed('?todo=true'))[0]).toEqual({ customerId, mark: taken.body });

    await mark(customerId, { state: 'snoozed', by: 'ada', until: LATER });
    expect(await listed('?todo=true')).toEqual(others);
    expect((await listed())[0]).toMatchObject({ customerId, mark: { state: 'snoozed', until: LATER } });
    system.setNow('2026-06-02T00:00:01.000Z');
    expect((await listed('?todo=true')).map((item) => item.customerId)).toContain(customerId);

    await mark(customerId, { state: 'done', by: 'ada' });
    expect((await listed('?todo=true')).map((item) => item.customerId)).not.toContain(customerId);
    const counts = async (query: string) =>
      Object.values((await get(`/v1/worklist${query}`)).counts as Record<string, number>);
    const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0);
    expect(sum(await counts('?todo=true'))).toBeLessThan(sum(await counts('')));

    await system.publish([
      {
        customer: customerId,
        at: '2026-06-02T01:00:00.000Z',
        type: 'complaint.raised',
        data: { complaintId: 'again', touchpoint: 'order.placed', severity: 'major' },
      },
    ]);
    system.setNow('2026-06-02T02:00:00.000Z');
    expect((await listed('?todo=true')).map((item) => item.customerId)).toContain(customerId);

    await mark(customerId, { state: 'open', by: 'ada' });
    expect((await listed()).find((item) => item.customerId === customerId)!.mark).toBeUndefined();
  });

  it.each([
    ['put off without an end', { state: 'snoozed' }, 'until'],
    ['put off into the past', { state: 'snoozed', until: '2020-01-01T00:00:00Z' }, 'until'],
    ['taken until', { state: 'taken', until: LATER }, 'until'],
    ['of an unknown kind', { state: 'lost' }, 'state'],
  ])('%s are refused', async (_, given, path) => {
    const { status, body } = await mark('ben', given);
    expect({ isRefused: status >= 400 && status < 500, body }).toMatchObject({
      isRefused: true,
      body: { errors: [{ path }] },
    });
  });
});
