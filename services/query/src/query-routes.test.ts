import { EventStoreError } from '@touchstone/event-store';
import { policyV1 } from '@touchstone/journey';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { orderDefinition, parkedStory, shopStory } from '../testing/shop-story.ts';
import { idsOf } from '../testing/start-test-system.ts';
import { toldSystem } from '../testing/told-system.ts';

/**
 * Guarantees that hold for every query; and the two writes: definitions, and asking for a rebuild.
 */

const told = toldSystem();
const { get } = told;

describe('time passing', () => {
  it('changes lists at the next question, without a new event', async () => {
    told.system().setNow('2027-06-01T00:00:00Z');
    const { body } = await get('/v1/overview');
    expect(body.now).toBe('2027-06-01T00:00:00.000Z');
    expect(body.journeysByStatus).toEqual({ open: 0, completed: 5, abandoned: 3 });
    expect((await get('/v1/trust-changes?limit=1')).body.items[0].because).toBe('no-purchase');
    expect((await get('/v1/customers?loyalty=true')).body.items).toEqual([]);
    expect(idsOf(await get('/v1/customers?stage=behavioural'))).toEqual([]);
    told.system().setNow('2026-06-01T00:00:00Z');
  });
});

describe('a disk without room', () => {
  it('is a 503 in words for lists and the overview, which could not record what fell due', async () => {
    const settled = vi
      .spyOn(told.system().deps.progress, 'settled')
      .mockRejectedValue(new EventStoreError('full', 'No room left for the event store /data/events.db.'));
    onTestFinished(() => settled.mockRestore());
    for (const url of ['/v1/overview', '/v1/journeys', '/v1/customers', '/v1/promises']) {
      const { status, headers, body } = await get(url);
      expect({ status, code: body.code, retry: headers['retry-after'] }, url).toEqual({
        ...{ status: 503, code: 'store_unavailable', retry: '30' },
      });
      expect(body.detail).toMatch(/No room is left/);
      expect(body.detail).not.toContain('/data');
    }
    expect((await get('/v1/customers/anna')).status).toBe(200);
  });
});

describe('the policy', () => {
  it('is the one that the generation in force was measured with', async () => {
    expect(await get('/v1/policy')).toMatchObject({ status: 200, body: policyV1 });
  });
});

describe('the position', () => {
  it('accounts for every published event at rest', async () => {
    // The system announces what fell due after the query that found it: wait until all of it is
    // projected.
    const body = await vi.waitFor(
      async () => {
        const { body } = await get('/v1/position');
        expect(body.projected).toBe(body.log);
        expect(body.log).toBe(String(await told.system().store.head()));
        return body;
      },
      { timeout: 30_000 },
    );
    expect(body).toMatchObject({ lagMs: 0, parked: 1 });
    expect(body.accepted).toBe(shopStory.length + parkedStory.length);
    expect(body.stored).toBe(body.accepted);
    expect(body.projectedEvents + body.parked).toBe(body.stored);
  });

  it('is waited for with Touchstone-After', async () => {
    for (const url of ['/v1/customers/anna', '/v1/journeys', '/v1/overview', '/v1/position', '/v1/definitions']) {
      expect((await get(url, { 'touchstone-after': String(told.position()) })).status).toBe(200);
    }
  });

  it.each(['', 'abc', '-1', '1.5', '0x10', '1'.repeat(30), '99999999999999999999'])(
    'that is none, %j, is a 400',
    async (given) => {
      const { status, body } = await get('/v1/overview', { 'touchstone-after': given });
      expect(status).toBe(400);
      expect(body.errors[0].path).toBe('Touchstone-After');
    },
  );

  it('beyond the end of the log is a 409 that tells the end', async () => {
    const end = await told.system().store.head();
    for (const wanted of [end + 1n, 999_999_999n]) {
      const { status, body } = await get('/v1/overview', { 'touchstone-after': String(wanted) });
      expect(status).toBe(409);
      expect(body).toMatchObject({ code: 'position_beyond_log', end: String(end), wanted: String(wanted) });
    }
  });
});

describe('a question that cannot be asked so', () => {
  it.each([
    ['/v1/journeys?colour=red', 'colour', 'is not a parameter here; there are: customerId, type'],
    ['/v1/journeys?type=a&type=b', 'type', 'must be given once'],
    ['/v1/journeys?attribute.x=a&attribute.x=b', 'attribute.x', 'must be given once'],
    ['/v1/journeys?attributes=a', 'attributes (write attribute.<name>)', 'is not a parameter here'],
    ['/v1/journeys?attribute.=a', 'attribute.', ''],
    ['/v1/journeys?limit=0', 'limit', 'must be a whole number 1..500'],
    ['/v1/journeys?limit=501', 'limit', 'must be a whole number 1..500'],
    ['/v1/journeys?limit=', 'limit', 'must be a whole number 1..500'],
    ['/v1/journeys?minScore=high', 'minScore', 'must be a number 0..100'],
    ['/v1/journeys?minScore=1e999', 'minScore', 'must be a number 0..100'],
    ['/v1/journeys?status=closed', 'status', 'open'],
    ['/v1/journeys?sort=name', 'sort', 'startedAt'],
    ['/v1/journeys?cursor=nonsense', 'cursor', 'nextCursor'],
    ['/v1/journeys?from=yesterday', 'from', 'RFC 3339'],
    ['/v1/journeys?from=2026-02-30T00:00:00Z', 'from', 'RFC 3339'],
    ['/v1/journeys/anna-1?asOf=2026-01-01T00:00:00+02:00', 'asOf', '%2B'],
    ['/v1/journeys/anna-1?knownAt=2300-01-01T00:00:00Z', 'knownAt', 'RFC 3339'],
    ['/v1/customers?quietlyLeaving=yes', 'quietlyLeaving', 'true'],
    ['/v1/customers/anna?stage=none', 'stage', 'there are: '],
    [`/v1/customers/${'x'.repeat(257)}`, 'customerId', '256'],
    ['/v1/overview?x', 'x', 'there are none'],
    ['/v1/position?__proto__=1', '__proto__', 'is not a parameter here'],
    ['/v1/touchpoints/failure-rates?by=weather', 'by', 'attribute.<name>'],
    ['/v1/touchpoints/failure-rates?bucket=2m', 'bucket', '15m'],
    ['/v1/touchpoints/failure-rates?bucket=1h&timeZone=%2B02:00', 'timeZone', 'Europe/Berlin'],
    ['/v1/touchpoints/failure-rates?timeZone=local', 'timeZone', 'Europe/Berlin'],
    ['/v1/parked?cursor=x', 'cursor', 'nextCursor'],
  ])('%s: names the parameter and what to do', async (url, path, message) => {
    const { status, body } = await get(url);
    expect(status).toBe(400);
    expect(body.code).toBe('invalid_query');
    expect(body.errors).toEqual([{ path, message: expect.stringContaining(message) }]);
  });

  it.each([
    ['funnel', { steps: ['a', { touchpoint: 'b', chanel: 'web' }] }, 'steps.1.chanel', 'is not known here'],
    ['funnel', { steps: ['a', { channel: 'web' }] }, 'steps.1.touchpoint', 'string'],
    ['funnel', { steps: ['a', 7] }, 'steps.1', 'must be a touchpoint, or an object with more of a moment'],
    ['funnel', { steps: ['a', 'b'], where: { tipe: 'order' } }, 'where.tipe', 'is not known here'],
    ['funnel', { steps: ['a', 'b'], breakdown: 'weather' }, 'breakdown', 'attribute.<name>'],
    ['funnel', { steps: ['a', 'b'], within: 'P1M' }, 'within', 'without months'],
    ['paths', { colour: 'red' }, 'colour', 'is not known here'],
    ['paths', { where: { stuckAt: 'a' } }, 'where.idleFor', 'must be given too'],
    ['paths', { where: { attributes: { size: [1] } } }, 'where.attributes.size', 'a string, a number or a boolean'],
    ['durations', { from: 'a', to: 'b', edgesMs: [2, 1] }, 'edgesMs', 'must ascend'],
    ['conformance', { where: {}, steps: ['a'] }, 'where.type', 'must be given'],
  ])('POST /v1/analytics/%s %j: names the field and what to do', async (question, body, path, message) => {
    const answer = await told.system().post(`/v1/analytics/${question}`, body);
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_query' } });
    expect(answer.body.errors).toEqual([{ path, message: expect.stringContaining(message) }]);
  });

  it('has all its faults told at once', async () => {
    const { body } = await get('/v1/journeys?limit=x&colour=red&from=now');
    expect(body.errors.map(({ path }: { path: string }) => path).sort()).toEqual(['colour', 'from', 'limit']);
  });

  it('with a cursor of another order is told to go on with that', async () => {
    const { nextCursor } = (await get('/v1/journeys?sort=score&limit=1')).body;
    const { status, body } = await get(`/v1/journeys?sort=-score&cursor=${nextCursor}`);
    expect(status).toBe(400);
    expect(body.errors[0]).toMatchObject({ path: 'cursor', message: expect.stringContaining('sort=score') });
  });

  it('under an unknown address is a problem document, whatever the dashboard answers', async () => {
    expect(await get('/v1/nothing')).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });
});

describe('the self-check', () => {
  it('holds; a difference planted in the rows is found, with the journey that has it; while rows move it says so', async () => {
    expect((await get('/v1/self-check')).body).toMatchObject({ ok: true, journeys: [] });
    const { readModels, generation, store } = told.system().deps;
    const journeys = `touchstone_${generation()}.journeys`;
    const replaceRow = (by: number, touchpoints: string) =>
      readModels.clickhouse.command(
        `INSERT INTO ${journeys} SELECT * REPLACE (version + ${by} AS version, ${touchpoints} AS touchpoints)
         FROM ${journeys} FINAL WHERE journey_id = 'ben-1'`,
      );
    await replaceRow(1, "arrayPushBack(touchpoints, 'delivery.received')");
    const { body } = await get('/v1/self-check?type=order');
    expect(body).toMatchObject({ ok: false, journeys: [{ customerId: 'ben', journeyId: 'ben-1' }] });
    const listed = (await get('/v1/journeys?type=order&touchpoint=delivery.received')).body.items.length;
    expect(body.checks.filter(({ ok }: { ok: boolean }) => !ok)).toEqual([
      { name: 'node delivery.received journeys', left: listed - 1, right: listed, ok: false },
    ]);
    expect(body).not.toHaveProperty('moved');
    let head = await store.head();
    const moving = vi.spyOn(store, 'head').mockImplementation(async () => --head);
    onTestFinished(() => moving.mockRestore());
    expect((await get('/v1/self-check')).body).toMatchObject({ ok: false, moved: true });
    await replaceRow(1, 'arrayPopBack(touchpoints)');
    expect((await get('/v1/self-check')).body).toMatchObject({ ok: true });
  });
});

describe('definitions', () => {
  it('are versioned, and wait for a rebuild', async () => {
    const url = '/v1/definitions/order';
    expect((await told.system().put(url, orderDefinition)).body).toMatchObject({ version: 1, state: 'in-force' });
    const changed = { ...orderDefinition, abandonAfterDays: 10 };
    expect((await told.system().put(url, changed)).body).toMatchObject({
      version: 2,
      state: 'waiting',
      definition: changed,
    });
    expect((await told.system().put(url, changed)).body).toMatchObject({ version: 2 });
    expect((await get('/v1/definitions')).body.items).toMatchObject([
      { type: 'order', version: 2, state: 'waiting' },
      { type: 'order', version: 1, state: 'in-force', putAt: '2026-06-01T00:00:00.000Z' },
    ]);
    expect((await get('/v1/journeys/anna-1')).status).toBe(200);
  });

  it.each([
    ['another type than the path', { type: 'refund' }, 'type'],
    ['an unknown field', { type: 'order', colour: 'red' }, 'colour'],
    ['an unknown field within', { type: 'order', touchpoints: { a: { size: 1 } } }, 'touchpoints.a.size'],
    ['a weight that is none', { type: 'order', touchpoints: { a: { weight: -1 } } }, 'touchpoints.a.weight'],
  ])('with %s are refused in words', async (_fault, definition, path) => {
    const { status, body } = await told.system().put('/v1/definitions/order', definition);
    expect(status).toBe(422);
    expect(body).toMatchObject({ code: 'invalid_definition', errors: [{ path }] });
  });

  it('that are not JSON are a 400, and of another content type a 415', async () => {
    const send = (payload: string, type: string) =>
      told
        .system()
        .app.inject({ method: 'PUT', url: '/v1/definitions/order', payload, headers: { 'content-type': type } });
    expect((await send('{', 'application/json')).json()).toMatchObject({ status: 400, code: 'invalid_json' });
    expect((await send('x', 'text/csv')).json()).toMatchObject({ status: 415, code: 'unsupported_media_type' });
  });
});

describe('a rebuild', () => {
  it('is begun, and its progress told', async () => {
    expect((await get('/v1/rebuild')).body.state).toBe('none');
    const { status, body } = await told.system().post('/v1/rebuild');
    expect(status).toBe(202);
    expect(body).toMatchObject({ state: 'running', generation: 2, position: '0', target: '7', finishedAt: null });
  });
});
