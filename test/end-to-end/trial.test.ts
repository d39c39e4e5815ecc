import { type Client, TouchstoneError } from '@touchstone/client';
import { shopDefinitions, simulateShop } from '@touchstone/demo-shop';
import { definitionsByType, type MeasurementRules, policyV1, policyWith } from '@touchstone/journey';
import { openReadModels } from '@touchstone/read-models';
import { readConfig } from '@touchstone/runtime';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Answer, expectReasons, expectReport, inForce } from './trial-expectations.ts';
import { now, order, startTrialShop, stricter, type TrialShop } from './trial-shop.ts';

/** Runs trials against a whole system, over HTTP. */

let shop: TrialShop;
let client: Client;

beforeAll(async () => {
  shop = await startTrialShop();
  ({ client } = shop);
}, 300_000);
afterAll(() => shop?.remove());

async function tried(body: object): Promise<Answer> {
  await client.post('/v1/trial', body);
  for (;;) {
    const trial = (await client.get('/v1/trial')) as Answer;
    if (trial.state !== 'running') return trial;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** All answers of the system, and everything in its log. */
async function everything(): Promise<unknown> {
  const lists = [
    'journeys',
    'customers',
    'trust-changes',
    'promises',
    'complaints',
    'definitions',
    'overview',
    'position',
  ];
  const answers = await Promise.all(
    lists.map((list) => client.get(`/v1/${list}`, list.endsWith('s') && list !== 'definitions' ? { limit: 500 } : {})),
  );
  const log: string[] = [];
  for await (const page of shop.system.store.readAll())
    for (const event of page) log.push(`${event.position} ${event.body}`);
  return { answers, log };
}

describe('a trial', () => {
  it('reports who changes score and stage and why, and changes nothing itself', async () => {
    const after: MeasurementRules = {
      policy: policyV1,
      definitions: definitionsByType([...shopDefinitions, ...stricter]),
    };
    const before = await everything();
    const started = (await client.post('/v1/trial', { definitions: stricter, limit: 500 })) as Answer;
    expect(started).toMatchObject({ state: 'running', report: null });
    expect(await everything()).toEqual(before);
    const refusals = await Promise.all([
      client.post('/v1/trial', { definitions: stricter }).catch((error: TouchstoneError) => error),
      client.post('/v1/rebuild', {}).catch((error: TouchstoneError) => error),
    ]);
    for (const refusal of refusals as TouchstoneError[]) {
      expect(refusal).toBeInstanceOf(TouchstoneError);
      expect(refusal).toMatchObject({ status: 409, problem: { code: 'under_way' } });
      expect(refusal.problem.detail).toContain('DELETE /v1/trial');
    }
    let trial: Answer;
    do trial = await client.get('/v1/trial');
    while (trial.state === 'running');
    expect(trial).toMatchObject({ state: 'done', error: null });
    expect(trial.report.changes).toEqual({ definitions: ['order', 'support'], policy: [] });
    expectReport(trial.report, after);
    expectReasons(trial.report, after);
    expect(trial.report.comparison.journeys).toMatchObject({ statusChanged: expect.any(Number) });
    expect(trial.report.comparison.journeys.statusChanged).toBeGreaterThan(0);
    const falls = trial.report.customers.filter(({ stageBefore, stageAfter }: Answer) => stageBefore !== stageAfter);
    expect(falls.length).toBeGreaterThan(0);
    for (const { why } of falls) expect(why.before ?? why.after).not.toBeNull();
    expect(await everything()).toEqual(before);
  }, 300_000);

  it('of a policy reports the same as a fold with it', async () => {
    const change = {
      peakEnd: 0.6,
      trust: { cognitive: { satisfiedMoments: 5 } },
      openComplaintPoints: 25,
      loyalty: { purchaseDays: 60, silenceGaps: 1.5 },
    };
    const { state, report } = await tried({ policy: change, limit: 500 });
    expect(state).toBe('done');
    expect(report.changes.policy.map(({ path }: Answer) => path)).toEqual([
      'version',
      'peakEnd',
      'openComplaintPoints',
      'trust.cognitive.satisfiedMoments',
      'loyalty.purchaseDays',
      'loyalty.silenceGaps',
    ]);
    const after = { policy: policyWith(policyV1, change), definitions: inForce.definitions };
    expectReport(report, after);
    expect(report.comparison.customers.loyaltyChanged).toBeGreaterThan(0);
    expectReasons(report, after);
    const late = report.customers.filter(({ why }: Answer) => why?.missing?.side === 'after');
    expect(late.length).toBeGreaterThan(0);
  }, 300_000);

  it('of what is in force already finds no difference at all', async () => {
    const { report } = await tried({ definitions: [order] });
    expect(report).toMatchObject({
      changes: { definitions: [], policy: [] },
      customers: [],
      journeys: [],
      faults: [],
      comparison: { isSameMeasures: true },
    });
    for (const table of Object.values<Answer>(report.comparison.tables)) {
      expect(table).toMatchObject({ onlyBefore: 0, onlyAfter: 0, differing: 0 });
    }
  }, 300_000);

  it('is refused with every fault of what is to be tried', async () => {
    const bad = {
      definitions: [{ type: 'order', touchpoints: { a: { weight: -1 } } }],
      policy: { trust: { smooth: 1 } },
    };
    const error = (await client.post('/v1/trial', bad).catch((error) => error)) as TouchstoneError;
    expect(error.status).toBe(400);
    const paths = (error.problem.errors as { path: string }[]).map(({ path }) => path);
    expect(paths).toEqual(['definitions.0.touchpoints.a.weight', 'policy.trust.smooth']);
    expect(await client.post('/v1/trial', {}).catch((error) => error.status)).toBe(400);
  });

  it('can be cancelled, and leaves nothing behind', async () => {
    const before = await everything();
    await client.post('/v1/trial', { definitions: stricter });
    expect(await client.delete('/v1/trial')).toMatchObject({ state: 'cancelled', report: null });
    expect(await client.delete('/v1/trial')).toMatchObject({ state: 'none' });
    expect(await everything()).toEqual(before);
  });
});

describe('while events come in', () => {
  it('a rebuild finds no difference, and a trial holds together', async () => {
    const later = [...simulateShop({ seed: 6, customers: 60, days: 200, from: now - 20 * 86_400_000 })];
    let isOver = false;
    const publishing = (async () => {
      for (let start = 0; start < later.length && !isOver; start += 20) {
        await client.publish(later.slice(start, start + 20) as Parameters<Client['publish']>[0]);
      }
    })();
    const { report } = await tried({ definitions: stricter, limit: 50 });
    expect(report.faults).toEqual([]);
    expect(report.comparison.after.isWhole).toBe(true);
    await client.post('/v1/rebuild', {});
    let rebuild: Answer;
    do rebuild = await client.get('/v1/rebuild');
    while (rebuild.state === 'running');
    isOver = true;
    await publishing;
    expect(rebuild).toMatchObject({
      state: 'done',
      comparison: { verdict: 'same', faultsBefore: [], faultsAfter: [] },
    });
  }, 300_000);
});

it('leaves no tables behind, however many trials there were', async () => {
  await client.post('/v1/trial', { definitions: stricter });
  await shop.system.stop();
  const config = readConfig({ PORT: '0', TOUCHSTONE_DATA: shop.dataFolder, CLOCK: 'log' });
  const readModels = await openReadModels(`chdb:${(config.clickhouse as { path: string }).path}`);
  onTestFinished(() => readModels.close());
  expect(await readModels.listGenerations()).toMatchObject([{ isInForce: true }]);
});
