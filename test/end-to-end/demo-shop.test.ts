import { BEST_RECOVERING_TEAM, BEST_TEAM, plantedCauses, shopDefinitions, simulateShop } from '@touchstone/demo-shop';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { differences } from '../oracle/differences.ts';
import type { PublishedEvent } from '../oracle/published-event.ts';
import { casesFor, type Question, type World } from '../oracle/questions/cases.ts';
import { byFactor, drivers } from '../oracle/questions/drivers.ts';
import { benchmarks } from '../oracle/questions/measures.ts';
import { peopleIn } from '../oracle/questions/people.ts';
import { gaps, importance, quality } from '../oracle/questions/quality.ts';
import { complaintsReport, recovery } from '../oracle/questions/service.ts';
import { asked, inAddress } from '../worked-answers/worked-questions.ts';
import { type QuestionedSystem, startOverHistory } from './questions-system.ts';

/** The questions find what is planted in the demo's shop, and tell what the oracle tells. */

const SHOP = { seed: 7, customers: 300, days: 480, from: Date.UTC(2025, 6, 1) };
const DAY = 86_400_000;

let system: QuestionedSystem;
let world: World;
beforeAll(async () => {
  const events = [...simulateShop(SHOP)] as unknown as PublishedEvent[];
  const recordedAt = events.at(-1)!.time;
  world = {
    log: events.map((event, position) => ({ event, position, recordedAt: Date.parse(recordedAt) })),
    definitions: Object.fromEntries(shopDefinitions.map((definition) => [definition.type, definition])) as never,
    now: Date.parse(recordedAt),
  };
  // The oracle takes its seconds before the system waits for requests.
  casesFor(world, {}, noDurations);
  peopleIn(world);
  system = await startOverHistory(
    shopDefinitions,
    events.map((event) => ({ recordedAt, event })),
  );
});
afterAll(() => system?.stop());

const get = (path: string) => system.ask('GET', path);

describe.each(plantedCauses)('drivers of the $question.outcome of $question.where.type', (cause) => {
  test('have every planted cause before all that was drawn independently', async () => {
    const { items } = await system.ask('POST', '/v1/analytics/drivers', { ...cause.question, limit: 500 });
    const others = items.filter(({ isPart }: { isPart: boolean }) => !isPart);
    const place = ({ factor, value }: { factor: string; value: string }) =>
      others.findIndex((item: { factor: string; value: string }) => item.factor === factor && item.value === value);
    const planted = cause.planted.map((each) => ({ ...each, place: place(each) }));
    const independent = cause.independent.map(place).filter((at) => at !== -1);
    expect(planted.filter(({ place: at }) => at === -1)).toEqual([]);
    expect(independent.length).toBeGreaterThan(2);
    expect(planted.filter(({ place: at }) => at > Math.min(...independent))).toEqual([]);
    for (const { place: at } of planted) expect(others[at].q).toBeLessThanOrEqual(0.05);
  });
});

describe('the planted teams', () => {
  test.each(['score', 'success'])('the best one has the first rank by %s', async (measure) => {
    const { spread, rows } = await get(`/v1/benchmarks?by=team&type=support&measure=${measure}`);
    expect(spread).toBeGreaterThan(0);
    expect(rows[0]).toMatchObject({ unit: BEST_TEAM, rank: 1, toBest: 0 });
  });

  test('the one that recovers best settles most at once, and satisfies most of those who complain', async () => {
    const { rows } = (await get('/v1/complaints/report?by=team')) as { readonly rows: readonly Report[] };
    const bestBy = (figure: (report: Report) => number) => rows.reduce((a, b) => (figure(b) > figure(a) ? b : a)).team;
    expect(bestBy(({ firstContact }) => firstContact.rate)).toBe(BEST_RECOVERING_TEAM);
    expect(bestBy(({ satisfied }) => satisfied.rate)).toBe(BEST_RECOVERING_TEAM);
    expect(bestBy(({ medianMsToAnswer }) => -medianMsToAnswer)).toBe(BEST_RECOVERING_TEAM);
  });
});

interface Report {
  readonly team: string;
  readonly satisfied: { readonly rate: number };
  readonly firstContact: { readonly rate: number };
  readonly medianMsToAnswer: number;
}

test('recovered customers score what comes next better, and buy again more often', async () => {
  const { next, boughtAgain } = await get('/v1/recovery');
  expect(next.low).toBeGreaterThan(0);
  expect(next.stratified.low).toBeGreaterThan(0);
  expect(boughtAgain.low).toBeGreaterThan(0);
});

test('the payment is down on the evening of the day 280', async () => {
  const evening = SHOP.from + 280 * DAY + 18 * 3_600_000;
  const failing = async (from: number, to: number) => {
    const span = `from=${new Date(from).toISOString()}&to=${new Date(to).toISOString()}`;
    const { rows } = await get(`/v1/touchpoints/failure-rates?by=touchpoint&${span}`);
    return rows.find(({ touchpoint }: { touchpoint: string }) => touchpoint === 'payment.approved');
  };
  const down = await failing(evening, evening + 6 * 3_600_000);
  expect(down.moments).toBeGreaterThan(15);
  expect(down.low).toBeGreaterThan(0.6);
  expect((await failing(evening - 7 * DAY, evening)).high).toBeLessThan(0.2);
});

test('the carrier kestrel gets worse, and the other does not', async () => {
  const lateIn = async (carrier: string, from: number, to: number) => {
    const span = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
    const where = { type: 'order', touchpoint: 'parcel.shipped', attributes: { carrier }, ...span };
    const count = async (others: object) => {
      const body = { where: { ...where, ...others }, steps: ['order.placed', 'parcel.shipped'] };
      const { groups } = await system.ask('POST', '/v1/analytics/funnel', body);
      return groups[0].steps[1].journeys as number;
    };
    return (await count({ hasBrokenPromise: true })) / (await count({}));
  };
  const [early, late] = [
    [SHOP.from, SHOP.from + 100 * DAY],
    [SHOP.from + 300 * DAY, SHOP.from + 480 * DAY],
  ] as const;
  expect((await lateIn('kestrel', ...late)) - (await lateIn('kestrel', ...early))).toBeGreaterThan(0.2);
  expect((await lateIn('postal', ...late)) - (await lateIn('postal', ...early))).toBeLessThan(0.1);
});

test('there are two currencies, surveys on several scales, and satisfied customers who leave', async () => {
  const { tiers } = await get('/v1/loyalty/tiers?currency=CHF');
  expect(tiers[0].customers).toBeGreaterThan(3);
  expect(await get('/v1/loyalty/tiers')).toMatchObject({ currency: 'EUR' });
  const scales = new Set(
    world.log.flatMap(({ event: { data } }) =>
      typeof data.score === 'object' ? [(data.score as { max: number }).max] : [],
    ),
  );
  expect(scales.size).toBeGreaterThan(2);
  const { customers, satisfied } = await get('/v1/loyalty/leavers');
  expect(customers).toBeGreaterThan(10);
  expect(satisfied.rate).toBeGreaterThan(0.3);
});

const within = (expected: number) => 1e-9 * Math.max(1, Math.abs(expected));
const noDurations = () => Number.NaN;

const questions: readonly (readonly [string, Question, (world: World, question: Question) => unknown])[] = [
  ...plantedCauses.map(
    ({ question }) =>
      ['drivers', { ...question, limit: 500 }, (w: World, q: Question) => drivers(w, q, noDurations)] as const,
  ),
  ['drivers', { outcome: 'feedback', unit: 'customer', limit: 500 }, (w, q) => drivers(w, q, noDurations)],
  ['importance', { where: { type: 'order' } }, (w, q) => importance(w, q, noDurations)],
  ['importance', { outcome: 'bought-again' }, (w, q) => importance(w, q, noDurations)],
  ['quality', {}, quality],
  ['quality', { by: ['actorTeam'] }, quality],
  ...shopDefinitions.map(({ type }) => ['gaps', { type }, gaps] as const),
  ...(['score', 'success', 'promise-keeping', 'first-contact'] as const).map(
    (measure) => ['benchmarks', { by: 'team', measure }, benchmarks] as const,
  ),
  ['benchmarks', { by: 'site', measure: 'score', type: 'support' }, benchmarks],
  ['recovery', {}, recovery],
  ['recovery', { type: 'order' }, recovery],
  ['complaintsReport', { by: ['team'] }, (w, q) => complaintsReport(w, q, () => DAY)],
];

test.each(questions)(
  '%s %j has the intervals, p and q of an implementation written apart',
  async (kind, question, told) => {
    const [method, path] = asked[kind as keyof typeof asked].split(' ') as [string, string];
    const got =
      method === 'POST'
        ? await system.ask(method, path, question)
        : await system.ask(method, `${path}?${inAddress({ ask: kind, ...question })}`);
    if (kind === 'drivers') got.items.sort(byFactor);
    if (kind === 'benchmarks') got.rows.sort((a: { unit: string }, b: { unit: string }) => (a.unit < b.unit ? -1 : 1));
    expect(differences(told(world, question), got, within, kind)).toEqual([]);
  },
);
