import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endpoints } from '@touchstone/api';
import { createHttpServer, createKey, createLogger, readKeys } from '@touchstone/runtime';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { orderDefinition, shopStory } from '../testing/shop-story.ts';
import { startTestSystem, type TestSystem } from '../testing/start-test-system.ts';
import type { QueryDeps } from './deps.ts';
import { queryRoutes } from './query-routes.ts';

let system: TestSystem;
let app: Awaited<ReturnType<typeof createHttpServer>>;
const bearers: Record<string, string> = {};

/** The same routes behind keys, over the same stores. */
beforeAll(async () => {
  system = await startTestSystem([orderDefinition]);
  await system.publish(shopStory);
  const file = join(mkdtempSync(join(tmpdir(), 'touchstone-keys-')), 'keys.json');
  const made = (['publish', 'read', 'admin'] as const).map((scope) => createKey({ name: scope, scopes: [scope] }));
  writeFileSync(file, JSON.stringify(made.map(({ entry }) => entry)));
  for (const { entry, secret } of made) bearers[entry.name] = `Bearer ${secret}`;
  app = await createHttpServer({ logger: createLogger({ level: 'silent' }), keys: readKeys(file) });
  await app.register(queryRoutes, system.deps);
});
afterAll(async () => {
  await app?.close();
  await system?.stop();
});

const READ = [
  'journeys/anna-1',
  'journeys',
  'customers/anna',
  'customers',
  'touchpoints/failure-rates',
  'feedback',
  'feedback/comments',
  'self-check',
  'objectives',
  'heartbeats',
  'watches',
  'alerts',
  'search?q=anna',
  'views',
  'annotations',
  'loyalty/stages',
  'loyalty/stages/customers?at=2026-03-01T00:00:00Z&inStage=none',
  'loyalty/transitions',
  'loyalty/time-in-stage',
  'loyalty/retention',
  'loyalty/retention/customers?start=2026-03-01T00:00:00Z',
  'loyalty/tiers',
  'loyalty/tiers/A',
  'loyalty/silent',
  'loyalty/leavers',
  'worklist',
  'promises/report',
  'complaints/report',
  'recovery',
  'quality',
  'gaps?type=order',
  'benchmarks?by=team&measure=score',
  'indexes',
  'indexes/rater',
  'overview',
  'moments',
  'promises',
  'complaints',
  'trust-changes',
  'export/journeys',
  'export/moments',
  'parked',
  'position',
  'conservation',
  'definitions',
  'policy',
  'clock',
].map((path) => ['GET', `/v1/${path}`] as const);
const isQuestion = (path: string) => path.startsWith('/v1/analytics/') || path.endsWith('/backtest');
const hasExample = (path: string) => isQuestion(path) || path.endsWith('/:name');
/** Questions that read, with a body. */
const ASKED = Object.values(endpoints)
  .filter(({ path }) => isQuestion(path))
  .map(({ method, path }) => [method, path] as const);
const ADMIN = [
  ['GET', '/v1/rebuild'],
  ['GET', '/v1/keys'],
  ['GET', '/v1/configuration'],
  ['POST', '/v1/rebuild'],
  ['POST', '/v1/parked/retry'],
  ['GET', '/v1/trial'],
  ['POST', '/v1/trial'],
  ['DELETE', '/v1/trial'],
  ['PUT', '/v1/definitions/order'],
  ['PUT', '/v1/objectives/:name'],
  ['PUT', '/v1/heartbeats/:name'],
  ['PUT', '/v1/watches/:name'],
  ['PUT', '/v1/indexes/ours'],
  ['GET', '/v1/targets'],
  ['PUT', '/v1/targets/:name'],
  ['GET', '/v1/targets/:name'],
  ['DELETE', '/v1/targets/:name'],
] as const;

/** The example of a question's body, with steps, because the shop's definition has none. */
function questionTo(url: string): object | undefined {
  const found = Object.values(endpoints).find(
    ({ path, method }) => path === url && method !== 'GET' && hasExample(path),
  );
  if (found === undefined || !('body' in found)) return undefined;
  const { examples } = found.body.meta() as { readonly examples: readonly [object] };
  return url.includes('conformance') ? { ...examples[0], steps: ['order.placed'] } : examples[0];
}

const putTo = (url: string): object =>
  url.startsWith('/v1/indexes/') ? { id: 'success', measure: 'success' } : orderDefinition;

async function statusFor(method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, key?: string): Promise<number> {
  const headers = key === undefined ? {} : { authorization: bearers[key]! };
  const body =
    questionTo(url) ??
    (method === 'PUT' ? putTo(url) : url === '/v1/trial' ? { definitions: [orderDefinition] } : undefined);
  const payload = body === undefined || method === 'GET' || method === 'DELETE' ? {} : { payload: body };
  const address = url.replace(':name', 'checkout');
  return (await app.inject({ method, url: address, headers, ...payload })).statusCode;
}

describe('with keys', () => {
  it.each([...READ, ...ASKED])('%s %s needs one that may read', async (method, url) => {
    expect(await statusFor(method, url)).toBe(401);
    expect(await statusFor(method, url, 'publish')).toBe(403);
    expect(await statusFor(method, url, 'read')).toBe(200);
  });

  it.each(ADMIN)('%s %s needs one that may administer', async (method, url) => {
    expect(await statusFor(method, url)).toBe(401);
    expect(await statusFor(method, url, 'read')).toBe(403);
    expect(await statusFor(method, url, 'admin')).toBeLessThan(300);
  });

  it('the description and its page are open', async () => {
    for (const url of ['/openapi.json', '/docs', '/']) expect(await statusFor('GET', url)).toBeLessThan(400);
  });
});

describe('a read model that is behind', () => {
  it('answers 503 with the lag to a reader of what it has not reached', async () => {
    // The log now holds an event that nothing projects.
    await system.projector.stop();
    const { position } = await system.store.append([
      { stream: 'customer-eve', source: '/s', id: '1', type: 't', time: 0, body: '{"data":{}}' },
    ]);
    const get = await impatient(system.deps);
    const answer = await get('/v1/customers/anna', { 'touchstone-after': String(position) });
    expect(answer.statusCode).toBe(503);
    expect(answer.headers['retry-after']).toBe('1');
    expect(answer.json()).toMatchObject({ code: 'read_model_behind', wanted: String(position) });
    expect(answer.json().lagMs).toBeGreaterThanOrEqual(0);
    const { body } = await system.get('/v1/position');
    expect(BigInt(body.projected)).toBeLessThan(BigInt(body.log));
    expect(body.stored).toBe(body.projectedEvents + 1);
  });

  it('answers who asks for many as far as rows have come while something stays overdue, and says so', async () => {
    const never = () => new Promise<never>(() => {});
    const progress = { ...system.deps.progress, settled: never, settledSoon: never };
    const get = await impatient({ ...system.deps, progress });
    for (const url of [
      '/v1/journeys',
      '/v1/customers',
      '/v1/overview',
      '/v1/touchpoints/failure-rates',
      '/v1/promises',
    ]) {
      for (const headers of [{}, { 'touchstone-after': '1' }]) {
        const { statusCode, headers: told } = await get(url, headers);
        expect({ statusCode, told }).toMatchObject({ statusCode: 200, told: { 'touchstone-settling': 'true' } });
      }
      expect((await system.get(url)).headers).not.toHaveProperty('touchstone-settling');
    }
    // A single customer is folded from the log, so the answer is up to date at once.
    expect((await get('/v1/customers/anna')).headers).not.toHaveProperty('touchstone-settling');
  });
});

async function impatient(deps: QueryDeps) {
  const hasty = await createHttpServer({ logger: createLogger({ level: 'silent' }) });
  onTestFinished(() => hasty.close());
  await hasty.register(queryRoutes, { ...deps, patienceMs: 20 });
  return (url: string, headers = {}) => hasty.inject({ url, headers });
}

describe('a store that does not answer', () => {
  it('is a 503, not a fault of the service', async () => {
    await system.deps.readModels.close();
    expect(await system.get('/v1/journeys/anna-1')).toMatchObject({
      status: 503,
      body: { code: 'read_model_unavailable' },
    });
    await system.store.close();
    expect(await system.get('/v1/customers/anna')).toMatchObject({ status: 503, body: { code: 'store_unavailable' } });
  });
});
