import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { shopDefinitions, simulateShop } from '@touchstone/cli';
import { type Client, createClient, TouchstoneError } from '@touchstone/client';
import {
  type CustomerView,
  type Definition,
  decodeEvent,
  definitionsByType,
  foldCustomer,
  type JourneySummary,
  type Measures,
  policyV1,
  policyWith,
  tellJourney,
  viewCustomer,
} from '@touchstone/journey';
import { openReadModels } from '@touchstone/read-models';
import { createLogger, readConfig } from '@touchstone/runtime';
import { type Standalone, startStandalone } from '@touchstone/standalone';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { runCommand } from './run-command.ts';

/** Trials against a whole system; what they must report is folded here, by hand, from the events that were published. */

const [order, , support] = shopDefinitions as [Definition, Definition, Definition];
/** Payment counts for more, a delivery is expected to delight, and who says nothing for ten days has abandoned the order. */
const stricterOrder: Definition = {
  ...order,
  abandonAfterDays: 10,
  touchpoints: {
    ...order.touchpoints,
    'payment.approved': { ...order.touchpoints!['payment.approved'], weight: 5 },
    'delivery.received': { ...order.touchpoints!['delivery.received'], expectation: 4.8 },
  },
};
/** A question that is not solved vetoes. */
const stricterSupport: Definition = {
  ...support,
  touchpoints: {
    ...support.touchpoints,
    'support.solved': { ...support.touchpoints!['support.solved'], critical: true },
  },
};
const stricter = [stricterOrder, stricterSupport];
const events = [...simulateShop({ seed: 5, customers: 80, days: 250, from: Date.parse('2025-01-01T00:00:00Z') })];
const now = Math.max(...events.map(({ time }) => Date.parse(time)));

let folder: string;
let system: Standalone;
let client: Client;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'touchstone-trial-'));
  await writeFile(join(folder, 'shop.json'), JSON.stringify(shopDefinitions));
  const config = readConfig({
    PORT: '0',
    TOUCHSTONE_DATA: join(folder, 'data'),
    CLOCK: 'log',
    DEFINITIONS: join(folder, 'shop.json'),
  });
  system = await startStandalone(config, createLogger({ level: 'error' }));
  client = createClient({ url: system.url });
  const { position } = await client.publish(events as Parameters<Client['publish']>[0]);
  // A list waits until what is due is worked in.
  await client.get('/v1/customers', { limit: 1 }, { after: position });
}, 120_000);
afterAll(async () => {
  await system?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Every customer, folded with some measures; nothing of this comes from the system. */
function foldAll(measures: Measures): Map<string, CustomerView> {
  const streams = new Map<string, typeof events>();
  for (const event of events) {
    const stream = streams.get(event.subject!);
    if (stream === undefined) streams.set(event.subject!, [event]);
    else stream.push(event);
  }
  const views = new Map<string, CustomerView>();
  for (const [customerId, stream] of streams) {
    const decoded = stream.map((event) => decodeEvent({ body: JSON.stringify(event) }));
    views.set(customerId, viewCustomer(measures, foldCustomer(measures, customerId, decoded, now)!));
  }
  return views;
}

const inForce: Measures = { policy: policyV1, definitions: definitionsByType(shopDefinitions) };

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely; their shape is tested with the routes.
type Answer = any;

async function tried(body: object): Promise<Answer> {
  await client.post('/v1/trial', body);
  for (;;) {
    const trial = (await client.get('/v1/trial')) as Answer;
    if (trial.state !== 'running') return trial;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** `before after` → how many. */
function counted(pairs: readonly (readonly [unknown, unknown])[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [before, after] of pairs) counts[`${before} ${after}`] = (counts[`${before} ${after}`] ?? 0) + 1;
  return counts;
}

const reported = (rows: readonly Answer[], count: string) =>
  Object.fromEntries(rows.map((row) => [`${row.before} ${row.after}`, row[count]]));

/** What the report must say of these measures, from the folds. */
function expectation(after: Measures) {
  const [then, since] = [foldAll(inForce), foldAll(after)];
  const customers = [...then].map(([id, view]) => ({ id, before: view, after: since.get(id)! }));
  const journeys = customers.flatMap(({ id, before, after }) =>
    before.journeys.map((journey) => ({
      key: `${id}/${journey.id}`,
      before: journey,
      after: after.journeys.find((other) => other.id === journey.id)!,
    })),
  );
  return { customers, journeys };
}

const differs = (a: number | null, b: number | null) =>
  a === null ? b !== null : b === null || Math.abs(a - b) > 1e-9;
const journeyChanges = ({ before, after }: { before: JourneySummary; after: JourneySummary }) =>
  differs(before.score, after.score) || before.status !== after.status;

function expectReport(report: Answer, after: Measures): void {
  const { customers, journeys } = expectation(after);
  expect(report.faults).toEqual([]);
  expect(reported(report.stages, 'customers')).toEqual(
    counted(customers.map(({ before, after }) => [before.stage, after.stage])),
  );
  expect(reported(report.loyalty, 'customers')).toEqual(
    counted(customers.map(({ before, after }) => [before.loyalty, after.loyalty])),
  );
  expect(reported(report.levels, 'journeys')).toEqual(
    counted(journeys.map(({ before, after }) => [before.level, after.level])),
  );
  expect(reported(report.statuses, 'journeys')).toEqual(
    counted(journeys.map(({ before, after }) => [before.status, after.status])),
  );
  for (const row of report.types) {
    const scored = journeys.filter(({ before }) => before.type === row.type && before.score !== null);
    const change = scored.reduce((total, { before, after }) => total + after.score! - before.score!, 0) / scored.length;
    expect(row.meanScoreChange).toBeCloseTo(change, 9);
  }
  const changedJourneys = journeys.filter(journeyChanges);
  expect(report.journeys.map(({ customerId, id }: Answer) => `${customerId}/${id}`).sort()).toEqual(
    changedJourneys.map(({ key }) => key).sort(),
  );
  const changedCustomers = customers.filter(
    ({ before, after }) =>
      before.stage !== after.stage ||
      before.loyalty !== after.loyalty ||
      before.quietlyLeaving !== after.quietlyLeaving ||
      differs(before.satisfaction, after.satisfaction),
  );
  expect(report.customers.map(({ id }: Answer) => id).sort()).toEqual(changedCustomers.map(({ id }) => id).sort());
  expect(report.comparison).toMatchObject({
    isSameMeasures: false,
    after: { moments: events.length, parked: 0, events: events.length, isWhole: true },
    customers: { compared: customers.length },
    journeys: {
      compared: journeys.length,
      scoreChanged: journeys.filter(({ before, after }) => differs(before.score, after.score)).length,
    },
  });
}

/** The reasons given for a journey's change add up to it, and each is what the two explanations say. */
function expectReasons(report: Answer, after: Measures): void {
  for (const journey of report.journeys) {
    const { moments, moreMoments, adjustments, limits } = journey.why;
    const stream = events.filter(({ subject }) => subject === journey.customerId);
    const tell = (measures: Measures) =>
      tellJourney(
        measures,
        journey.customerId,
        stream.map((event) => decodeEvent({ body: JSON.stringify(event) })),
        journey.id,
        now,
      )!;
    const [then, since] = [tell(inForce), tell(after)];
    expect([journey.scoreBefore, journey.scoreAfter]).toEqual([then.score, since.score]);
    expect(limits).toMatchObject({ capBefore: then.explanation.cap, capAfter: since.explanation.cap });
    if (moreMoments > 0 || then.score === null) continue;
    const points = [...moments, ...adjustments, limits].reduce((total, each) => total + each.points, 0);
    expect(points).toBeCloseTo(since.score! - then.score, 8);
  }
}

/** Everything that the system answers with, and all that is in its log. */
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
  for await (const page of system.store.readAll())
    for (const event of page) log.push(`${event.position} ${event.body}`);
  return { answers, log };
}

describe('a trial', () => {
  it('reports who changes score and stage and why, and changes nothing itself', async () => {
    const after: Measures = {
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
  }, 120_000);

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
  }, 120_000);

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
  }, 120_000);

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

const touchstone = (args: string[], url = system.url, onError?: (text: string, stop: () => void) => void) =>
  runCommand(args, { TOUCHSTONE_URL: url, INIT_CWD: folder }, onError);

describe('on the command line', () => {
  it('a trial is a few tables to read, and a rebuild then does what it said', async () => {
    await writeFile(join(folder, 'stricter.json'), JSON.stringify(stricter));
    await writeFile(join(folder, 'bad.json'), JSON.stringify({ vetoCap: 101 }));
    const { code, out, err } = await touchstone(['trial', '--definitions', 'stricter.json', '--limit', '3']);
    expect({ code, err }).toMatchObject({ code: 0, err: expect.stringContaining('trial 100%') });
    for (const words of [
      'defined otherwise: order, support',
      'Customers by trust stage',
      'Journeys by level',
      'veto',
      'Nothing was changed',
    ]) {
      expect(out).toContain(words);
    }
    expect(await touchstone(['trial', '--policy', 'bad.json'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('vetoCap'),
    });
    const trial = JSON.parse((await touchstone(['trial', '--definitions', 'stricter.json', '--json'])).out);

    const rebuilt = await touchstone(['rebuild', '--definitions', 'stricter.json', '--json']);
    expect(rebuilt.code).toBe(0);
    const status = JSON.parse(rebuilt.out.split('\n').at(-2)!);
    expect(status.comparison).toMatchObject({ verdict: 'measured-otherwise', faultsBefore: [], faultsAfter: [] });
    expect(status.comparison.journeys.scoreChanged).toBe(trial.comparison.journeys.scoreChanged);
    const again = await touchstone(['rebuild']);
    expect(again).toMatchObject({ code: 0, out: expect.stringContaining('Nothing differs from the old read model') });
  }, 120_000);

  it('Ctrl-C cancels the trial in the system', async () => {
    const asked: string[] = [];
    // A system whose trial never ends by itself.
    const endless = createServer((request, answer) => {
      asked.push(`${request.method} ${request.url}`);
      answer.setHeader('content-type', 'application/json');
      const state = request.method === 'DELETE' ? 'cancelled' : 'running';
      answer.end(JSON.stringify({ state, phase: 'filling', position: '50', target: '100', error: null, report: null }));
    });
    await new Promise<void>((resolve) => endless.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(endless.address() as AddressInfo).port}`;
    let isStopped = false;
    const { code } = await touchstone(['trial', '--definitions', 'stricter.json'], url, (told, stop) => {
      if (isStopped || !told.includes('trial 40%')) return;
      isStopped = true;
      stop();
    });
    await new Promise((resolve) => endless.close(resolve));
    expect(code).toBe(130);
    expect(asked[0]).toBe('POST /v1/trial');
    expect(asked.at(-1)).toBe('DELETE /v1/trial');
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
    const { report } = await tried({ definitions: [order], limit: 50 });
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
  }, 120_000);
});

it('leaves no tables behind, however many trials there were', async () => {
  await client.post('/v1/trial', { definitions: stricter });
  await system.stop();
  const config = readConfig({ PORT: '0', TOUCHSTONE_DATA: join(folder, 'data'), CLOCK: 'log' });
  const readModels = await openReadModels(`chdb:${(config.clickhouse as { path: string }).path}`);
  onTestFinished(() => readModels.close());
  expect(await readModels.listGenerations()).toMatchObject([{ isInForce: true }]);
});
