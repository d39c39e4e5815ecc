import { createHttpServer, createLogger } from '@touchstone/runtime';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { orderDefinition, parkedStory, shopStory } from '../../testing/shop-story.ts';
import { type Answer, startTestSystem, type TestSystem } from '../../testing/start-test-system.ts';
import { queryRoutes } from '../query-routes.ts';
import { describeApi } from './describe-api.ts';

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly security: readonly object[];
  readonly requestBody?: { readonly required: boolean };
  readonly responses: Readonly<Record<string, { content: Record<string, { schema: object }> }>>;
  readonly parameters?: readonly { name: string; in: string; required: boolean; schema: Record<string, unknown> }[];
}

let system: TestSystem;
// biome-ignore lint/suspicious/noExplicitAny: a document that is looked into freely.
let document: any;

beforeAll(async () => {
  system = await startTestSystem([orderDefinition]);
  await system.publish([...shopStory, ...parkedStory]);
  document = (await system.get('/openapi.json')).body;
});
afterAll(() => system?.stop());

const described = (url: string) => url.replace(/:(\w+)/g, '{$1}');
const operations = (): Operation[] =>
  Object.values(document.paths).flatMap((path) => Object.values(path as Record<string, Operation>));
const operation = (method: string, url: string): Operation => document.paths[described(url)]?.[method.toLowerCase()];

/** Expects an answer to match what the document says of its route and status. */
function expectAsDescribed(method: string, url: string, answer: Answer): void {
  const media = String(answer.headers['content-type']).split(';')[0]!;
  const schema = operation(method, url).responses[answer.status]?.content[media]?.schema;
  expect(schema, `${method} ${url} ${answer.status} ${media}`).toBeDefined();
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  const validate = ajv.compile({ ...schema, components: document.components });
  expect(validate(answer.body) ? [] : validate.errors).toEqual([]);
}

it('is OpenAPI 3.1 with title, version, tags and how to authenticate', () => {
  expect(document.openapi).toBe('3.1.0');
  expect(document.info).toMatchObject({ title: 'Touchstone', version: expect.stringMatching(/^\d+\.\d+\.\d+$/) });
  expect(document.components.securitySchemes.key).toMatchObject({ type: 'http', scheme: 'bearer' });
  const tags = new Set(document.tags.map(({ name }: { name: string }) => name));
  for (const path of Object.values(document.paths) as Record<string, Operation>[]) {
    for (const { tags: used } of Object.values(path)) for (const tag of used) expect(tags).toContain(tag);
  }
});

it('describes every route of the app, and no other', () => {
  const routes = system.routes.filter(({ method }) => method !== 'HEAD');
  expect(routes.length).toBeGreaterThanOrEqual(15);
  for (const { method, url } of routes) {
    expect(operation(method, url)?.summary, `${method} ${url}`).toMatch(/\w/);
    expect(operation(method, url).operationId).toMatch(/^[a-z]+[A-Z]\w+$/);
  }
  const known = new Set([...routes.map(({ url }) => described(url)), '/healthz', '/readyz', '/metrics']);
  expect(new Set(Object.keys(document.paths))).toEqual(known);
  const ids = operations().map(({ operationId }) => operationId);
  expect(new Set(ids).size).toBe(ids.length);
});

it('says which routes ask for a key, and what each may answer because of it', () => {
  for (const path of ['/metrics', '/v1/position', '/v1/journeys']) {
    expect(operation('GET', path).security).toEqual([{ key: [] }]);
    expect(Object.keys(operation('GET', path).responses)).toEqual(expect.arrayContaining(['401', '403', '503']));
  }
  for (const path of ['/healthz', '/readyz']) {
    expect(operation('GET', path).security).toEqual([]);
    expect(operation('GET', path).responses).not.toHaveProperty('401');
  }
  expect(operation('GET', '/healthz').responses).not.toHaveProperty('429');
  expect(Object.keys(operation('POST', '/v1/rebuild').responses)).toEqual(
    expect.arrayContaining(['202', '400', '401', '403', '409', '413', '415', '429', '500', '503']),
  );
});

it('has no example of what may be left out but its default: pages fill it in, and so ask for something else', () => {
  const optional = operations().flatMap(({ parameters = [] }) => parameters.filter(({ required }) => !required));
  expect(optional.length).toBeGreaterThan(50);
  const filled = optional.filter(({ schema: { example, examples, default: unless } }) =>
    [example, examples].some((value) => value !== undefined && value !== unless),
  );
  expect(filled).toEqual([]);
});

it('says which bodies may be left out', () => {
  const isRequired = (method: string, path: string) => operation(method, path).requestBody?.required;
  expect(isRequired('POST', '/v1/rebuild')).toBe(false);
  expect(isRequired('POST', '/v1/parked/retry')).toBe(false);
  expect(isRequired('POST', '/v1/trial')).toBe(true);
  expect(isRequired('PUT', '/v1/definitions/:type')).toBe(true);
});

/** Every schema of the document below the named ones, with where it stands. */
function* unnamed(part: unknown, path: string, isNamed = false): Generator<[string, Record<string, unknown>]> {
  if (typeof part !== 'object' || part === null) return;
  if (!isNamed) yield [path, part as Record<string, unknown>];
  for (const [key, value] of Object.entries(part)) yield* unnamed(value, `${path}/${key}`);
}

function* allUnnamed() {
  yield* unnamed(document.paths, '');
  for (const [name, schema] of Object.entries(document.components.schemas)) yield* unnamed(schema, name, true);
}

it('names every object, every enumeration and every choice, so that no generator numbers them', () => {
  const nameless = [...allUnnamed()]
    .filter(([path, part]) => !path.endsWith('/properties') && ('enum' in part || 'oneOf' in part || 'anyOf' in part))
    .map(([path]) => path);
  expect(nameless).toEqual([]);
  const objects = [...allUnnamed()].filter(([path, { properties }]) => {
    return !path.endsWith('/properties') && typeof properties === 'object';
  });
  expect(objects.map(([path]) => path)).toEqual([]);
  expect(document.components.schemas).toMatchObject({
    Stage: { enum: expect.arrayContaining(['affective']) },
    LevelOrNull: { type: ['string', 'null'], enum: expect.arrayContaining(['neutral', null]) },
    JourneyPage: { properties: { items: { items: { $ref: '#/components/schemas/JourneySummary' } } } },
  });
});

it('says in the type what may be null, not as an alternative', () => {
  const { TrialReport, JourneySummary, Rebuild } = document.components.schemas;
  expect(TrialReport.type).toEqual(['object', 'null']);
  expect(JourneySummary.properties).toMatchObject({
    score: { type: ['number', 'null'], minimum: 0, maximum: 100 },
    endedAt: { type: ['string', 'null'], format: 'date-time' },
    level: { $ref: '#/components/schemas/LevelOrNull' },
  });
  expect(Rebuild.properties.comparison).toMatchObject({ $ref: '#/components/schemas/SwitchComparison' });
  const choices = Object.values(document.components.schemas as Record<string, { anyOf?: object[]; oneOf?: object[] }>);
  for (const { anyOf = [], oneOf = [] } of choices) {
    for (const choice of [...anyOf, ...oneOf]) expect(choice).not.toMatchObject({ type: 'null' });
  }
});

it('describes the routes of other services too, where it was called before them', async () => {
  const app = await createHttpServer({ logger: createLogger({ level: 'silent' }), describe: describeApi });
  onTestFinished(() => app.close());
  await app.register(queryRoutes, system.deps);
  app.post('/v1/things', { schema: { tags: ['Publishing'], body: z.object({ name: z.string() }) } }, async () => 'ok');
  const { paths } = (await app.inject('/openapi.json')).json();
  expect(Object.keys(paths)).toEqual(expect.arrayContaining(['/v1/things', '/v1/journeys', '/healthz']));
});

it('refers to nothing that is not there, and holds nothing that nobody refers to', () => {
  const referred = new Set<string>();
  for (const [, name] of JSON.stringify(document).matchAll(/#\/components\/schemas\/([^"]+)"/g)) referred.add(name!);
  expect(referred).toEqual(new Set(Object.keys(document.components.schemas)));
});

it('names every parameter with its type', () => {
  const { parameters } = operation('GET', '/v1/journeys');
  const limit = parameters?.find(({ name }) => name === 'limit');
  expect(limit).toMatchObject({
    in: 'query',
    required: false,
    schema: { type: 'integer', minimum: 1, maximum: 500 },
  });
  expect(parameters?.find(({ name }) => name === 'from')?.schema).toMatchObject({
    type: 'string',
    format: 'date-time',
  });
  expect(parameters?.find(({ name }) => name === 'touchstone-after')).toMatchObject({ in: 'header', required: false });
  const [id] = operation('GET', '/v1/journeys/:journeyId').parameters!.filter((parameter) => parameter.in === 'path');
  expect(id).toMatchObject({ name: 'journeyId', required: true });
});

describe('holds for real answers:', () => {
  it.each([
    ['/v1/journeys/:journeyId', '/v1/journeys/anna-1', 200],
    ['/v1/journeys/:journeyId', '/v1/journeys/ben-1', 200],
    ['/v1/journeys/:journeyId', '/v1/journeys/dora-1', 200],
    ['/v1/journeys/:journeyId', '/v1/journeys/nobody-s', 404],
    ['/v1/journeys/:journeyId', '/v1/journeys/shared', 409],
    ['/v1/journeys', '/v1/journeys?limit=2', 200],
    ['/v1/journeys', '/v1/journeys?limit=x', 400],
    ['/v1/customers/:customerId', '/v1/customers/anna', 200],
    ['/v1/customers/:customerId', '/v1/customers/dora', 200],
    ['/v1/customers/:customerId', '/v1/customers/nobody', 404],
    ['/v1/customers', '/v1/customers', 200],
    ['/v1/touchpoints/failure-rates', '/v1/touchpoints/failure-rates', 200],
    ['/v1/touchpoints/failure-rates', '/v1/touchpoints/failure-rates?by=touchpoint,attribute.colour&bucket=1h', 200],
    [
      '/v1/touchpoints/failure-rates',
      '/v1/touchpoints/failure-rates?by=touchpoint&bucket=1M&timeZone=Europe/Berlin',
      200,
    ],
    ['/v1/touchpoints/failure-rates', '/v1/touchpoints/failure-rates?bucket=1d&timeZone=Nowhere/Land', 400],
    ['/v1/feedback', '/v1/feedback', 200],
    ['/v1/feedback', '/v1/feedback?by=touchpoint&bucket=1w', 200],
    ['/v1/feedback/comments', '/v1/feedback/comments?limit=1', 200],
    ['/v1/journeys', '/v1/journeys?stuckAt=order.placed', 400],
    ['/v1/self-check', '/v1/self-check', 200],
    ['/v1/self-check', '/v1/self-check?type=order', 200],
    ['/v1/loyalty/stages', '/v1/loyalty/stages?bucket=1M&timeZone=Asia/Tokyo', 200],
    ['/v1/loyalty/stages/customers', '/v1/loyalty/stages/customers?at=2026-03-20T00:00:00Z&inStage=none', 200],
    ['/v1/loyalty/transitions', '/v1/loyalty/transitions', 200],
    ['/v1/loyalty/transitions', '/v1/loyalty/transitions?bucket=1w&timeZone=Asia/Tokyo', 200],
    ['/v1/loyalty/time-in-stage', '/v1/loyalty/time-in-stage', 200],
    ['/v1/loyalty/retention', '/v1/loyalty/retention?cohort=1w&event=purchase', 200],
    ['/v1/loyalty/retention', '/v1/loyalty/retention?cohort=1d', 400],
    ['/v1/loyalty/retention/customers', '/v1/loyalty/retention/customers?start=2026-03-01T00:00:00Z&k=0', 200],
    ['/v1/loyalty/retention/customers', '/v1/loyalty/retention/customers?k=0', 400],
    ['/v1/loyalty/tiers', '/v1/loyalty/tiers', 200],
    ['/v1/loyalty/tiers/:tier', '/v1/loyalty/tiers/A?limit=1', 200],
    ['/v1/loyalty/tiers/:tier', '/v1/loyalty/tiers/D', 400],
    ['/v1/loyalty/silent', '/v1/loyalty/silent', 200],
    ['/v1/loyalty/leavers', '/v1/loyalty/leavers', 200],
    ['/v1/worklist', '/v1/worklist', 200],
    ['/v1/worklist', '/v1/worklist?reason=bored', 400],
    ['/v1/worklist', '/v1/worklist?todo=true', 200],
    ['/v1/search', '/v1/search?q=anna', 200],
    ['/v1/search', '/v1/search', 400],
    ['/v1/views', '/v1/views', 200],
    ['/v1/annotations', '/v1/annotations', 200],
    ['/v1/annotations', '/v1/annotations?from=x', 400],
    ['/v1/journeys/:journeyId/shares', '/v1/journeys/ben-1/shares?customerId=ben', 403],
    ['/v1/me', '/v1/me', 200],
    ['/v1/keys', '/v1/keys', 200],
    ['/v1/configuration', '/v1/configuration', 200],
    ['/v1/promises/report', '/v1/promises/report?by=team,what&bucket=1w', 200],
    ['/v1/promises/report', '/v1/promises/report?by=team,team', 400],
    ['/v1/complaints/report', '/v1/complaints/report?by=severity&within=PT2H', 200],
    ['/v1/recovery', '/v1/recovery?type=order', 200],
    ['/v1/quality', '/v1/quality?by=channel', 200],
    ['/v1/gaps', '/v1/gaps?type=order', 200],
    ['/v1/gaps', '/v1/gaps', 400],
    ['/v1/benchmarks', '/v1/benchmarks?by=site&measure=success', 200],
    ['/v1/benchmarks', '/v1/benchmarks?by=site', 400],
    ['/v1/indexes', '/v1/indexes', 200],
    ['/v1/indexes/:name', '/v1/indexes/behaviour', 200],
    ['/v1/indexes/:name', '/v1/indexes/nobody-s', 404],
    ['/v1/overview', '/v1/overview', 200],
    ['/v1/promises', '/v1/promises', 200],
    ['/v1/complaints', '/v1/complaints', 200],
    ['/v1/trust-changes', '/v1/trust-changes', 200],
    ['/v1/moments', '/v1/moments?limit=3', 200],
    ['/v1/clock', '/v1/clock', 200],
    ['/v1/parked', '/v1/parked', 200],
    ['/v1/position', '/v1/position', 200],
    ['/v1/conservation', '/v1/conservation', 200],
    ['/v1/conservation', '/v1/conservation?from=x', 400],
    ['/v1/definitions', '/v1/definitions', 200],
    ['/v1/policy', '/v1/policy', 200],
    ['/v1/rebuild', '/v1/rebuild', 200],
    ['/v1/trial', '/v1/trial', 200],
    ['/healthz', '/healthz', 200],
    ['/readyz', '/readyz', 200],
    ['/metrics', '/metrics', 200],
  ])('GET %s (%s) %i', async (route, url, status) => {
    const answer = await system.get(url);
    expect(answer.status).toBe(status);
    expectAsDescribed('GET', route, answer);
  });

  it('PUT an index, good and bad', async () => {
    const route = '/v1/indexes/:name';
    const tree = { id: 'all', children: [{ id: 'promises', weight: 2, measure: 'promise-keeping' }] };
    const good = await system.put('/v1/indexes/ours', tree);
    expect(good).toMatchObject({ status: 200, body: { name: 'ours', version: 1, tree } });
    expectAsDescribed('PUT', route, good);
    const bad = await system.put('/v1/indexes/ours', { id: 'all', weight: 0, measure: 'promise-keeping' });
    expect(bad.status).toBe(422);
    expectAsDescribed('PUT', route, bad);
  });

  it('views, annotations, marks and sessions, good and bad', async () => {
    const view = { title: 'The app', address: '/journeys?channel=app' };
    const asked: readonly (readonly ['PUT' | 'DELETE' | 'POST', string, string, object | undefined, number])[] = [
      ['PUT', '/v1/views/:name', '/v1/views/app', view, 200],
      ['PUT', '/v1/views/:name', '/v1/views/app', { ...view, address: 'x' }, 422],
      ['DELETE', '/v1/views/:name', '/v1/views/app', undefined, 200],
      ['DELETE', '/v1/views/:name', '/v1/views/app', undefined, 404],
      ['PUT', '/v1/annotations/:name', '/v1/annotations/a', { at: '2026-03-01T00:00:00Z', text: 'a' }, 200],
      ['DELETE', '/v1/annotations/:name', '/v1/annotations/a', undefined, 200],
      ['PUT', '/v1/worklist/:customerId/mark', '/v1/worklist/ben/mark', { state: 'taken', by: 'ada' }, 200],
      ['PUT', '/v1/worklist/:customerId/mark', '/v1/worklist/ben/mark', { state: 'snoozed' }, 422],
      [
        'POST',
        '/v1/journeys/:journeyId/share',
        '/v1/journeys/ben-1/share',
        { customerId: 'ben', expiresIn: 'P1D' },
        403,
      ],
      ['POST', '/v1/journeys/:journeyId/share', '/v1/journeys/ben-1/share', {}, 400],
      ['DELETE', '/v1/shares/:shareId', '/v1/shares/x', undefined, 403],
      ['POST', '/v1/session', '/v1/session', { key: 'tsk_x' }, 200],
      ['POST', '/v1/session', '/v1/session', {}, 400],
      ['DELETE', '/v1/session', '/v1/session', undefined, 200],
    ];
    for (const [method, route, url, body, status] of asked) {
      const send = { PUT: system.put, POST: system.post, DELETE: (path: string) => system.delete(path) }[method];
      const answer = await send(url, body!);
      expect([url, answer.status]).toEqual([url, status]);
      expectAsDescribed(method, route, answer);
    }
  });

  it('PUT a definition, good and bad', async () => {
    const route = '/v1/definitions/:type';
    const good = await system.put('/v1/definitions/order', orderDefinition);
    expect(good.status).toBe(200);
    expectAsDescribed('PUT', route, good);
    const bad = await system.put('/v1/definitions/order', { type: 'refund' });
    expect(bad.status).toBe(422);
    expectAsDescribed('PUT', route, bad);
  });

  const STEPS = ['order.placed', 'payment.approved', 'delivery.received'];
  const LAST_YEAR = { asOf: '2026-02-10T00:00:00Z' };
  it.each([
    ['funnel', { steps: STEPS }, 200],
    [
      'funnel',
      { steps: STEPS, order: 'strict', within: 'P2D', exclude: ['payment.approved'], breakdown: 'stage' },
      200,
    ],
    ['funnel', { steps: STEPS, breakdown: 'stage', ...LAST_YEAR }, 400],
    ['funnel', { steps: ['order.placed'] }, 400],
    ['funnel/journeys', { steps: STEPS, step: 1, state: 'reached' }, 200],
    ['funnel/journeys', { steps: STEPS, step: 1, state: 'reached', ...LAST_YEAR }, 200],
    ['paths', {}, 200],
    ['paths', { activity: ['channel', 'outcome'], collapse: true, nodesMax: 1, ...LAST_YEAR }, 200],
    ['paths/journeys', { node: 'order.placed' }, 200],
    ['paths/journeys', {}, 400],
    ['variants', {}, 200],
    ['variants', { limit: 1, ...LAST_YEAR }, 200],
    ['conformance', { where: { type: 'order' }, steps: STEPS }, 200],
    ['conformance', { where: { type: 'order' } }, 400],
    ['conformance', { where: {}, steps: STEPS }, 400],
    ['conformance/journeys', { where: { type: 'order' }, steps: STEPS, conforming: true }, 200],
    ['durations', { from: STEPS[0], to: { touchpoint: STEPS[2], channel: 'parcel' }, edgesMs: [86_400_000] }, 200],
    ['durations/journeys', { from: STEPS[0], to: STEPS[2], state: 'arrived', minMs: 1 }, 200],
    ['drivers', { outcome: 'failure', casesMin: 1, factors: ['touchpoint', 'level', 'attribute.colour'] }, 200],
    ['drivers', { outcome: 'luck' }, 400],
    ['importance', { outcome: 'bought-again' }, 200],
    ['index', { name: 'behaviour', by: 'team', bucket: '1M' }, 200],
    ['index', { name: 'six-variables' }, 200],
    ['index', { name: 'nobody-s' }, 404],
    ['index', { tree: { id: 'one', measure: 'success', where: { type: 'order' } } }, 200],
    ['index', { tree: { id: 'one', measure: 'luck' } }, 400],
    ['index', {}, 400],
  ])('POST /v1/analytics/%s %j %i', async (question, body, status) => {
    const route = `/v1/analytics/${question}`;
    const answer = await system.post(route, body);
    expect(answer, JSON.stringify(answer.body)).toMatchObject({ status });
    expectAsDescribed('POST', route, answer);
  });

  it('PUT and GET objectives and heartbeats, and rules that can never fire are named', async () => {
    const objective = { touchpoint: 'payment.approved', objective: 0.9 };
    const put = await system.put('/v1/objectives/paid', objective);
    expect(put).toMatchObject({ status: 200, body: { version: 1, cannotFire: [{ rule: 'page-1h' }] } });
    expectAsDescribed('PUT', '/v1/objectives/:name', put);
    expect((await system.put('/v1/objectives/paid', { ...objective, minMoments: 10 })).body.version).toBe(1);
    expect((await system.put('/v1/objectives/paid', { ...objective, minMoments: 11 })).body.version).toBe(2);
    const beat = await system.put('/v1/heartbeats/placed', { touchpoint: 'order.placed', silentAfter: 'PT1M' });
    expect(beat).toMatchObject({ status: 200, body: { version: 1, heartbeat: { silentAfter: 'PT1M' } } });
    expectAsDescribed('PUT', '/v1/heartbeats/:name', beat);
    for (const [path, body] of [
      ['objectives/a b', objective],
      ['objectives/paid', { ...objective, objective: 0.4 }],
      ['objectives/paid', { ...objective, windowDays: 91 }],
      ['objectives/paid', { ...objective, team: 7 }],
      ['heartbeats/placed', { touchpoint: 'order.placed', silentAfter: 'P1Y' }],
      [
        'heartbeats/placed',
        {
          touchpoint: 'order.placed',
          silentAfter: 'PT1H',
          hours: { days: [1, 1], from: '8:00', to: '24:00', timeZone: '+02:00' },
        },
      ],
    ] as const) {
      const [kind, name] = path.split('/') as [string, string];
      const bad = await system.put(`/v1/${kind}/${encodeURIComponent(name)}`, body);
      expect(bad.status, path).toBe(name === 'a b' ? 400 : 422);
      expectAsDescribed('PUT', `/v1/${kind}/:name`, bad);
    }
    const watch = await system.put('/v1/watches/trust', { stage: 'affective', within: 'P1D', atLeast: 2, rate: 0.1 });
    expect(watch).toMatchObject({ status: 200, body: { version: 1 } });
    expectAsDescribed('PUT', '/v1/watches/:name', watch);
    expect((await system.put('/v1/watches/trust', { stage: 'none', within: 'P1D', atLeast: 2 })).status).toBe(422);
    const watches = await system.get('/v1/watches');
    expect(watches.body.items).toMatchObject([{ name: 'trust', left: 0, firing: [] }]);
    expectAsDescribed('GET', '/v1/watches', watches);
    const objectives = await system.get('/v1/objectives');
    expect(objectives.body.items).toMatchObject([{ name: 'paid', version: 2, firing: [] }]);
    expectAsDescribed('GET', '/v1/objectives', objectives);
    const heartbeats = await system.get('/v1/heartbeats');
    expect(heartbeats.body.items).toMatchObject([{ name: 'placed', firing: [] }]);
    expectAsDescribed('GET', '/v1/heartbeats', heartbeats);
  });

  it('PUT, GET and DELETE targets, whose secrets are never shown', async () => {
    const target = { url: 'https://example.com/alerts', secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' };
    const put = await system.put('/v1/targets/ops', target);
    expect(put).toMatchObject({ status: 200, body: { name: 'ops', kind: 'webhook', isSigned: true, sent: 0 } });
    expectAsDescribed('PUT', '/v1/targets/:name', put);
    const refused = await system.put('/v1/targets/ops', { ...target, url: 'https://10.0.0.1/' });
    expect(refused).toMatchObject({ status: 422, body: { code: 'invalid_target', errors: [{ path: 'url' }] } });
    expectAsDescribed('PUT', '/v1/targets/:name', refused);
    const listed = await system.get('/v1/targets');
    expectAsDescribed('GET', '/v1/targets', listed);
    const one = await system.get('/v1/targets/ops');
    expectAsDescribed('GET', '/v1/targets/:name', one);
    expect(listed.body.items).toEqual([one.body]);
    for (const answer of [put, listed, one]) expect(JSON.stringify(answer.body)).not.toContain('MfKQ9r8');
    const objective = { touchpoint: 'payment.approved', objective: 0.9, notify: ['ops'] };
    expect((await system.put('/v1/objectives/notifying', objective)).status).toBe(200);
    const unknown = await system.put('/v1/objectives/notifying', { ...objective, notify: ['ops', 'none'] });
    expect(unknown).toMatchObject({ status: 422, body: { errors: [{ path: 'notify.1' }] } });
    const used = await system.delete('/v1/targets/ops');
    expect(used).toMatchObject({ status: 409, body: { code: 'target_in_use' } });
    expectAsDescribed('DELETE', '/v1/targets/:name', used);
    expect((await system.put('/v1/objectives/notifying', { ...objective, notify: undefined })).status).toBe(200);
    expectAsDescribed('DELETE', '/v1/targets/:name', await system.delete('/v1/targets/ops'));
    const gone = await system.delete('/v1/targets/ops');
    expect(gone.status).toBe(404);
    expectAsDescribed('DELETE', '/v1/targets/:name', gone);
    expectAsDescribed('GET', '/v1/targets/:name', await system.get('/v1/targets/ops'));
  });

  it('GET and acknowledge alerts', async () => {
    const began = Date.parse('2026-03-01T09:30:00Z');
    const news = { kind: 'silence', name: 'placed', version: 1, severity: 'page', because: [] } as const;
    await system.deps.alerts.tell([
      { ...news, began, ended: null, moments: null, failures: null, last: began - 60_000, left: null, members: null },
    ]);
    const listed = await system.get('/v1/alerts?state=firing&limit=1');
    const { id } = listed.body.items[0];
    expect(id).toBe('silence/placed/1/page/2026-03-01T09:30:00.000Z');
    expectAsDescribed('GET', '/v1/alerts', listed);
    expect((await system.get('/v1/alerts?state=ended')).body.items).toEqual([]);
    expect((await system.get('/v1/alerts?cursor=none')).status).toBe(400);
    const path = (of: string) => `/v1/alerts/${encodeURIComponent(of)}/acknowledge`;
    const acknowledged = await system.post(path(id), { by: 'ada' });
    expect(acknowledged).toMatchObject({ status: 200, body: { id, acknowledged: { by: 'ada', note: '' } } });
    expectAsDescribed('POST', '/v1/alerts/:id/acknowledge', acknowledged);
    expectAsDescribed('POST', '/v1/alerts/:id/acknowledge', await system.post(path('none'), { by: 'ada' }));
  });

  const FEBRUARY = { from: '2026-02-01T00:00:00Z', to: '2026-03-01T00:00:00Z' };
  const PAID = { touchpoint: 'payment.approved', objective: 0.98 };
  it.each([
    ['objectives', { objective: PAID, ...FEBRUARY }, 200],
    [
      'objectives',
      { objective: { ...PAID, channel: 'web', minMoments: 1, minFailures: 1 }, ...FEBRUARY, clock: 'event' },
      200,
    ],
    ['objectives', { objective: { ...PAID, objective: 1 }, ...FEBRUARY }, 400],
    ['objectives', { objective: PAID, from: FEBRUARY.to, to: FEBRUARY.from }, 400],
    ['objectives', { objective: PAID, from: '2026-02-01T00:00:01Z', to: FEBRUARY.to }, 400],
    ['objectives', { objective: PAID, from: '2025-01-01T00:00:00Z', to: FEBRUARY.to }, 400],
    ['heartbeats', { heartbeat: { touchpoint: 'order.placed', silentAfter: 'P1D' }, ...FEBRUARY }, 200],
    ['heartbeats', { heartbeat: { touchpoint: 'order.placed', silentAfter: 'PT0S' }, ...FEBRUARY }, 400],
    ['heartbeats', { heartbeat: { touchpoint: 'order.placed', silentAfter: 'P1M' }, ...FEBRUARY }, 400],
  ])('POST /v1/%s/backtest %j %i', async (of, body, status) => {
    const route = `/v1/${of}/backtest`;
    const answer = await system.post(route, body);
    expect(answer, JSON.stringify(answer.body)).toMatchObject({ status });
    expectAsDescribed('POST', route, answer);
  });

  it('POST a rebuild', async () => {
    expectAsDescribed('POST', '/v1/rebuild', await system.post('/v1/rebuild'));
    expectAsDescribed('POST', '/v1/rebuild', await system.post('/v1/rebuild', { force: true }));
    const bad = await system.post('/v1/rebuild', { force: 'yes' });
    expect(bad).toMatchObject({ status: 400, body: { errors: [{ path: 'force' }] } });
    expectAsDescribed('POST', '/v1/rebuild', bad);
  });

  it('POST a retry of what is parked, good and bad', async () => {
    const route = '/v1/parked/retry';
    const good = await system.post(route);
    expect(good).toMatchObject({ status: 200, body: { asked: 1 } });
    expectAsDescribed('POST', route, good);
    for (const [positions, status] of [
      [['1'], 404],
      [['one'], 400],
    ] as const) {
      const bad = await system.post(route, { positions });
      expect(bad).toMatchObject({ status, body: { errors: [{ path: 'positions.0' }] } });
      expectAsDescribed('POST', route, bad);
    }
  });

  it('POST a trial, good and bad, and DELETE it', async () => {
    const good = await system.post('/v1/trial', { definitions: [orderDefinition], policy: { peakEnd: 0.5 } });
    expect(good.status).toBe(202);
    expectAsDescribed('POST', '/v1/trial', good);
    expect(system.tried).toEqual([{ definitions: [orderDefinition], policy: { peakEnd: 0.5 }, limit: 100 }]);
    for (const [body, ...paths] of [
      [{}, 'definitions'],
      [{ definitions: [orderDefinition, orderDefinition] }, 'definitions.1.type'],
      [{ policy: { peakEnd: 2, trust: { streak: 1 } }, limit: 0 }, 'policy.peakEnd', 'policy.trust.streak', 'limit'],
    ] as [object, ...string[]][]) {
      const bad = await system.post('/v1/trial', body);
      expect(bad.status).toBe(400);
      expect(bad.body.errors.map(({ path }: { path: string }) => path).sort()).toEqual(paths.sort());
      expectAsDescribed('POST', '/v1/trial', bad);
    }
    expect(system.tried).toHaveLength(1);
    expectAsDescribed('DELETE', '/v1/trial', await system.delete('/v1/trial'));
  });
});

it('is shown as a page that takes everything from here', async () => {
  const page = await system.get('/docs/');
  expect(page.status).toBe(200);
  const links = [...(page.body as string).matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link!);
  expect(links.length).toBeGreaterThan(3);
  for (const link of links) {
    expect(link).not.toMatch(/^(?:https?:)?\/\//);
    expect((await system.get(new URL(link, 'http://here/docs/').pathname)).status).toBe(200);
  }
  expect((await system.get('/docs')).status).toBe(200);
  expect((await system.get('/docs/json')).body.info.title).toBe('Touchstone');
});
