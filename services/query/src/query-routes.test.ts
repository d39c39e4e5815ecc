import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { oddCustomer, oddJourney, orderDefinition, parkedStory, shopStory } from './shop-story.ts';
import { type Answer, startTestSystem, type TestSystem } from './start-test-system.ts';

let system: TestSystem;
let position: bigint;

beforeAll(async () => {
  system = await startTestSystem([orderDefinition]);
  position = await system.publish([...shopStory, ...parkedStory]);
});
afterAll(() => system?.stop());

const get = async (url: string, headers = {}): Promise<Answer> => system.get(url, headers);
const ids = ({ body }: Answer): string[] => body.items.map(({ id }: { id: string }) => id);
const encode = encodeURIComponent;

describe('one journey', () => {
  it('is told with an explanation that adds up and a timeline of every event', async () => {
    const { status, body } = await get('/v1/journeys/anna-1');
    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual(
      'id type customerId status startedAt lastAt endedAt score level moments failures brokenPromises openComplaints explanation timeline'.split(
        ' ',
      ),
    );
    expect(body).toMatchObject({
      customerId: 'anna',
      status: 'completed',
      level: 'satisfied',
      moments: 3,
      failures: 0,
    });
    const { moments, score } = body.explanation;
    const sum = moments.reduce(
      (total: number, moment: { share: number; score: number }) => total + moment.share * moment.score,
      0,
    );
    expect(sum).toBeCloseTo(score, 9);
    expect(score).toBe(body.score);
    expect(Object.keys(moments[0])).toEqual(
      'eventId touchpoint at expectation perception verdict score weight share'.split(' '),
    );
    expect(body.timeline.map(({ scoreAfter }: { scoreAfter: number }) => scoreAfter)).toEqual([70, 93, 94.75]);
  });

  it('is settled to now: what fell due with time alone counts', async () => {
    const { body } = await get('/v1/journeys/ben-1');
    expect(body).toMatchObject({
      status: 'abandoned',
      endedAt: '2026-04-05T08:00:00.000Z',
      brokenPromises: 1,
      score: 0,
    });
    expect(body.explanation.cap).toBe(0);
  });

  it('as of a time shows what had happened by then, settled to then', async () => {
    const early = await get('/v1/journeys/ben-1?asOf=2026-03-01T09:05:00.000Z');
    expect(early.body).toMatchObject({
      status: 'open',
      moments: 2,
      brokenPromises: 0,
      openComplaints: 0,
      endedAt: null,
    });
    const due = await get('/v1/journeys/ben-1?asOf=2026-03-05T00:00:00Z');
    expect(due.body.brokenPromises).toBe(0);
    const overdue = await get('/v1/journeys/ben-1?asOf=2026-03-05T00:00:00.001Z');
    expect(overdue.body.brokenPromises).toBe(1);
    expect((await get('/v1/journeys/ben-1?asOf=2026-02-28T00:00:00Z')).status).toBe(404);
  });

  it('may have an id of any characters', async () => {
    const url = `/v1/journeys/${encode(oddJourney)}`;
    expect((await get(url)).body).toMatchObject({ id: oddJourney, customerId: oddCustomer });
    expect((await get(`${url}?customerId=${encode(oddCustomer)}`)).body.id).toBe(oddJourney);
  });

  it('whose id two customers use is asked for with the customer', async () => {
    const { status, body } = await get('/v1/journeys/shared');
    expect(status).toBe(409);
    expect(body).toMatchObject({ code: 'ambiguous_journey', customers: ['anna', 'cleo'] });
    expect((await get('/v1/journeys/shared?customerId=cleo')).body.customerId).toBe('cleo');
    expect((await get('/v1/journeys/shared?customerId=ben')).status).toBe(404);
  });

  it('that nobody has is a 404 with a reason', async () => {
    const { status, body, headers } = await get('/v1/journeys/nobody-s');
    expect(status).toBe(404);
    expect(headers['content-type']).toContain('application/problem+json');
    expect(body).toMatchObject({ status: 404, code: 'not_found', detail: expect.stringContaining('nobody-s') });
  });
});

describe('one customer', () => {
  it('has a stage, its history, and what is missing for the next', async () => {
    const { body } = await get('/v1/customers/anna');
    expect(Object.keys(body)).toEqual(
      'id stage since satisfaction satisfiedMoments delights purchases loyalty quietlyLeaving history journeys next'.split(
        ' ',
      ),
    );
    expect(body).toMatchObject({ stage: 'behavioural', purchases: 4, loyalty: 'true', next: null });
    expect(body.history[0]).toEqual({
      from: 'none',
      to: 'cognitive',
      at: '2026-01-03T10:00:00.000Z',
      because: 'earned',
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
    const stored = await system.store.readStream('customer-anna');
    const knownAt = stored.at(-1)!.recordedAt;
    while (Date.now() <= knownAt) await new Promise((next) => setImmediate(next));
    position = await system.publish([
      { customer: 'anna', at: '2026-01-15T10:00:00.000Z', type: 'purchase.made', data: { amount: 5, currency: 'EUR' } },
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
    expect((await get(`/v1/customers/${encode(oddCustomer)}`)).body.id).toBe(oddCustomer);
  });

  it('whom nobody knows is a 404', async () => {
    expect(await get('/v1/customers/nobody')).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });
});

describe('the list of journeys', () => {
  it.each([
    ['type=order', 8],
    ['type=refund', 0],
    ['status=completed', 5],
    ['status=abandoned', 1],
    ['minScore=94.75', 4],
    ['maxScore=0', 1],
    ['minScore=40&maxScore=89.5', 3],
    ['touchpoint=delivery.received', 5],
    ['channel=phone', 1],
    ['stage=behavioural', 4],
    ['from=2026-03-01T10:00:00Z', 5],
    ['to=2026-03-01T10:00:00Z', 3],
    ['from=2026-03-01T09:00:00Z&to=2026-03-01T10:00:00Z', 1],
    ['attribute.colour=red', 4],
    ['attribute.colour=red&attribute.size=2', 1],
    ['attribute.colour=', 0],
    [`attribute.${encode("it's")}=${encode("a\\'b")}`, 1],
    ['customerId=anna', 4],
    ["type=order' OR 1=1 --", 0],
    [`type=${encode('a\tb\n\\N\0{type:String}')}`, 0],
  ])('takes %s', async (query, count) => {
    const answer = await get(`/v1/journeys?${query}`);
    expect(answer.status).toBe(200);
    expect(answer.body.items).toHaveLength(count);
  });

  it('shows the figures that the single journeys show', async () => {
    for (const item of (await get('/v1/journeys?limit=500')).body.items) {
      const url = `/v1/journeys/${encode(item.id)}?customerId=${encode(item.customerId)}`;
      expect((await get(url)).body).toMatchObject(item);
    }
  });

  it.each(['startedAt', '-startedAt', 'score', '-score', '-endedAt', 'lastAt'])(
    'is walked whole by cursors, sorted by %s',
    async (sort) => {
      const whole = ids(await get(`/v1/journeys?sort=${sort}`));
      const walked: string[] = [];
      let cursor = '';
      do {
        const page = await get(`/v1/journeys?sort=${sort}&limit=3${cursor}`);
        walked.push(...ids(page));
        cursor = page.body.nextCursor === null ? '' : `&cursor=${page.body.nextCursor}`;
      } while (cursor !== '');
      expect(walked).toEqual(whole);
      expect(walked).toHaveLength(8);
    },
  );
});

describe('the list of customers', () => {
  it.each([
    ['stage=none', ['ben', 'cleo', 'dora', oddCustomer]],
    ['stage=behavioural', ['anna']],
    ['loyalty=true', ['anna']],
    ['quietlyLeaving=true', ['anna', 'dora', oddCustomer]],
    ['quietlyLeaving=false', ['ben', 'cleo']],
    ['minSatisfaction=79', ['anna', 'dora']],
    ['maxSatisfaction=49', ['ben', 'cleo']],
    ['minSatisfaction=45&maxSatisfaction=75', ['ben', oddCustomer]],
  ])('takes %s', async (query, expected) => {
    expect(ids(await get(`/v1/customers?${query}&sort=id`)).sort()).toEqual([...expected].sort());
  });

  it('shows the figures that the single customers show', async () => {
    for (const item of (await get('/v1/customers')).body.items) {
      expect((await get(`/v1/customers/${encode(item.id)}`)).body).toMatchObject(item);
    }
  });

  it('is walked whole by cursors', async () => {
    const first = await get('/v1/customers?limit=2');
    const second = await get(`/v1/customers?limit=2&cursor=${first.body.nextCursor}`);
    const third = await get(`/v1/customers?limit=2&cursor=${second.body.nextCursor}`);
    expect([...ids(first), ...ids(second), ...ids(third)]).toEqual(ids(await get('/v1/customers')));
    expect(third.body.nextCursor).toBeNull();
  });
});

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
    });
  });
});

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
    expect(ids(await get(`/v1/${query}`))).toEqual(expected);
  });

  it('go on by cursors', async () => {
    const first = await get('/v1/promises?limit=1');
    expect(ids(await get(`/v1/promises?limit=1&cursor=${first.body.nextCursor}`))).toEqual(['cleo-p']);
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

describe('time passing', () => {
  it('changes lists at the next question, without a new event', async () => {
    system.setNow('2027-06-01T00:00:00Z');
    const { body } = await get('/v1/overview');
    expect(body.now).toBe('2027-06-01T00:00:00.000Z');
    expect(body.journeysByStatus).toEqual({ open: 0, completed: 5, abandoned: 3 });
    expect((await get('/v1/trust-changes?limit=1')).body.items[0].because).toBe('no-purchase');
    expect((await get('/v1/customers?loyalty=true')).body.items).toEqual([]);
    expect(ids(await get('/v1/customers?stage=behavioural'))).toEqual([]);
    system.setNow('2026-06-01T00:00:00Z');
  });
});

describe('the position', () => {
  it('accounts for every published event at rest', async () => {
    const head = await system.store.head();
    await system.projector.progress.reached(head, 30_000);
    const { body } = await get('/v1/position', { 'touchstone-after': String(head) });
    expect(body.projected).toBe(body.log);
    expect(body.log).toBe(String(head));
    expect(body).toMatchObject({ lagMs: 0, parked: 1 });
    expect(body.accepted).toBe(shopStory.length + parkedStory.length + 1);
    expect(body.stored).toBe(body.accepted);
    expect(body.projectedEvents + body.parked).toBe(body.stored);
  });

  it('is waited for with Touchstone-After', async () => {
    for (const url of ['/v1/customers/anna', '/v1/journeys', '/v1/overview', '/v1/position', '/v1/definitions']) {
      expect((await get(url, { 'touchstone-after': String(position) })).status).toBe(200);
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

  it('beyond the log is waited for, then a 503 that tells the lag', async () => {
    const { status, body } = await get('/v1/overview', { 'touchstone-after': '999999999' });
    expect(status).toBe(503);
    expect(body).toMatchObject({ code: 'read_model_behind', lagMs: 0, wanted: '999999999' });
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
    ['/v1/customers/anna?limit=3', 'limit', 'there are: asOf, knownAt'],
    [`/v1/customers/${'x'.repeat(257)}`, 'customerId', '256'],
    ['/v1/overview?x', 'x', 'there are none'],
    ['/v1/position?__proto__=1', '__proto__', 'is not a parameter here'],
    ['/v1/touchpoints/failure-rates?by=weather', 'by', 'attribute.<name>'],
    ['/v1/touchpoints/failure-rates?bucket=2m', 'bucket', '15m'],
    ['/v1/parked?cursor=x', 'cursor', 'nextCursor'],
  ])('%s: names the parameter and what to do', async (url, path, message) => {
    const { status, body } = await get(url);
    expect(status).toBe(400);
    expect(body.code).toBe('invalid_query');
    expect(body.errors).toEqual([{ path, message: expect.stringContaining(message) }]);
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

describe('definitions', () => {
  it('are versioned, and wait for a rebuild', async () => {
    const url = '/v1/definitions/order';
    expect((await system.put(url, orderDefinition)).body).toMatchObject({ version: 1, state: 'in-force' });
    const changed = { ...orderDefinition, abandonAfterDays: 10 };
    expect((await system.put(url, changed)).body).toMatchObject({ version: 2, state: 'waiting', definition: changed });
    expect((await system.put(url, changed)).body).toMatchObject({ version: 2 });
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
    const { status, body } = await system.put('/v1/definitions/order', definition);
    expect(status).toBe(422);
    expect(body).toMatchObject({ code: 'invalid_definition', errors: [{ path }] });
  });

  it('that are not JSON are a 400, and of another content type a 415', async () => {
    const send = (payload: string, type: string) =>
      system.app.inject({ method: 'PUT', url: '/v1/definitions/order', payload, headers: { 'content-type': type } });
    expect((await send('{', 'application/json')).json()).toMatchObject({ status: 400, code: 'invalid_json' });
    expect((await send('x', 'text/csv')).json()).toMatchObject({ status: 415, code: 'unsupported_media_type' });
  });
});

describe('a rebuild', () => {
  it('is begun, and its progress told', async () => {
    expect((await get('/v1/rebuild')).body.state).toBe('none');
    const { status, body } = await system.post('/v1/rebuild');
    expect(status).toBe(202);
    expect(body).toMatchObject({ state: 'running', generation: 2, position: '0', target: '7', finishedAt: null });
  });
});
