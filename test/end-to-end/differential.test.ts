import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  differences,
  expectedComplaints,
  expectedCustomer,
  expectedJourney,
  expectedPromises,
  expectedSummary,
} from '../oracle/differences.ts';
import { type CustomerMeasures, measure, measureAsOf } from '../oracle/measure.ts';
import { timeOf } from '../oracle/published-event.ts';
import {
  type DifferentialShop,
  definitions,
  dice,
  type Json,
  SEED,
  startDifferentialShop,
} from './differential-shop.ts';

const DAY = 86_400_000;
const within = 1e-6;

let shop: DifferentialShop;

beforeAll(async () => {
  shop = await startDifferentialShop();
});
afterAll(() => shop?.stop());

const timeFields = new Set(['at', 'dueAt', 'raisedAt', 'since', 'startedAt', 'lastAt', 'endedAt', 'closedAt']);

/** The oracle's times in the API's format. */
function asAnswered(expected: unknown): Json {
  return JSON.parse(
    JSON.stringify(expected, (name, value) =>
      timeFields.has(name) && typeof value === 'number' ? new Date(value).toISOString() : value,
    ),
  ) as Json;
}

/** Requires that nothing differs; shows the first few differences in full. */
function expectNone(found: readonly string[]): void {
  expect(found.slice(0, 10), `${found.length} differences with DIFFERENTIAL_SEED=${SEED}`).toEqual([]);
}

const path = (kind: 'customers' | 'journeys', id: string) => `/v1/${kind}/${encodeURIComponent(id)}`;

async function compareOneByOne(): Promise<void> {
  const found: string[] = [];
  const now = shop.greatestTime();
  for (const id of shop.customersSoFar()) {
    const expected = measure(shop.eventsOf(id), definitions, now);
    const customer = await shop.get(path('customers', id));
    found.push(...differences(asAnswered({ id, ...expectedCustomer(expected) }), customer, within, id));
    for (const [journeyId, journey] of expected.journeys) {
      const told = await shop.get(path('journeys', journeyId), { customerId: id });
      found.push(...differences(asAnswered(expectedJourney(journey)), told, within, `${id} ${journeyId}`));
    }
  }
  expectNone(found);
}

async function compareAsOf(): Promise<void> {
  const found: string[] = [];
  for (const id of shop.customersSoFar()) {
    const events = shop.eventsOf(id);
    const days = [0, 0.5, 3, 14, 30, 45, 90, 180, 365, -1];
    const moment = timeOf(events[dice(events.length)]!) + days[dice(days.length)]! * DAY + dice(3) - 1;
    const asOf = new Date(moment).toISOString();
    const expected = measureAsOf(events, definitions, moment);
    const customer = await shop.get(path('customers', id), { asOf });
    const wanted = expected === undefined ? { status: 404 } : asAnswered({ id, ...expectedCustomer(expected) });
    found.push(...differences(wanted, customer, within, `${id} asOf ${asOf}`));
    const [first] = expected?.journeys.values() ?? [];
    if (first === undefined) continue;
    const told = await shop.get(path('journeys', first.id), { customerId: id, asOf });
    found.push(...differences(asAnswered(expectedJourney(first)), told, within, `${id} ${first.id} asOf ${asOf}`));
  }
  expectNone(found);
}

/** The oracle's answers for every customer and journey at the log's now. */
function everything() {
  const now = shop.greatestTime();
  const measured = shop.customersSoFar().map((id) => ({ id, ...measure(shop.eventsOf(id), definitions, now) }));
  return {
    measured,
    customers: measured.map((customer) => asAnswered(customerSummary(customer))),
    journeys: measured.flatMap(({ id: customerId, stage, journeys }) =>
      [...journeys.values()].map((journey) => ({
        stage,
        answer: asAnswered({ customerId, ...expectedSummary(journey) }) as Json & { score: number | null },
      })),
    ),
  };
}

function customerSummary({ id, ...measured }: CustomerMeasures & { readonly id: string }): Json {
  const { history, journeys, ...summary } = expectedCustomer(measured);
  return { id, ...summary };
}

const keyOf = (item: Json) => `${item.customerId ?? ''} ${item.id}`;

/** Requires the same items in any order, each once. */
function sameItems(expected: readonly Json[], got: readonly Json[], about: string): string[] {
  const gotByKey = new Map(got.map((item) => [keyOf(item), item]));
  const extra = got.filter((item) => !expected.some((wanted) => keyOf(wanted) === keyOf(item))).map(keyOf);
  return [
    ...(gotByKey.size === got.length ? [] : [`${about}: ${got.length - gotByKey.size} items stand in it twice`]),
    ...extra.map((key) => `${about}: ${key} should not be in it`),
    ...expected.flatMap((wanted) =>
      differences(wanted, gotByKey.get(keyOf(wanted)), within, `${about}: ${keyOf(wanted)}`),
    ),
  ];
}

/** Requires the values not to decrease (or increase), with missing ones at the end. */
function ordered(items: readonly Json[], sort: string): string[] {
  const name = sort.replace('-', '');
  const values = items.map((item) => item[name] as string | number | null);
  return values.flatMap((value, index) => {
    const before = values[index - 1];
    if (index === 0 || before === undefined || value === null) return [];
    const isWrong = before === null || (sort.startsWith('-') ? before < value : before > value);
    return isWrong ? [`sort=${sort}: ${value} stands after ${before}`] : [];
  });
}

async function compareLists(): Promise<void> {
  const { customers, journeys } = everything();
  const found: string[] = [];
  const all = journeys.map(({ answer }) => answer);
  for (const sort of ['id', '-satisfaction', 'since']) {
    const items = await shop.list('/v1/customers', { sort, limit: String(7 + dice(60)) });
    found.push(...sameItems(customers, items, `customers by ${sort}`), ...ordered(items, sort));
  }
  for (const sort of ['score', '-lastAt', 'startedAt', '-endedAt']) {
    const items = await shop.list('/v1/journeys', { sort, limit: String(20 + dice(200)) });
    found.push(...sameItems(all, items, `journeys by ${sort}`), ...ordered(items, sort));
  }
  const customersWhere = async (parameters: Record<string, string>, passes: (customer: Json) => boolean) => {
    const about = `customers ${new URLSearchParams(parameters)}`;
    found.push(...sameItems(customers.filter(passes), await shop.list('/v1/customers', parameters), about));
  };
  for (const stage of ['none', 'cognitive', 'affective', 'behavioural']) {
    await customersWhere({ stage }, (customer) => customer.stage === stage);
    const theirs = journeys.filter((journey) => journey.stage === stage).map(({ answer }) => answer);
    found.push(...sameItems(theirs, await shop.list('/v1/journeys', { stage }), `journeys of ${stage}`));
  }
  for (const loyalty of ['true', 'latent', 'spurious', 'none']) {
    await customersWhere({ loyalty }, (customer) => customer.loyalty === loyalty);
  }
  await customersWhere({ quietlyLeaving: 'true' }, ({ quietlyLeaving }) => quietlyLeaving === true);
  await customersWhere({ quietlyLeaving: 'false', minSatisfaction: '75' }, ({ quietlyLeaving, satisfaction }) => {
    return quietlyLeaving === false && satisfaction !== null && (satisfaction as number) >= 75 - 1e-9;
  });
  for (const status of ['open', 'completed', 'abandoned']) {
    const theirs = all.filter((journey) => journey.status === status);
    found.push(...sameItems(theirs, await shop.list('/v1/journeys', { status }), `journeys ${status}`));
  }
  const low = all.filter(({ score }) => score !== null && score <= 70 + 1e-9);
  found.push(...sameItems(low, await shop.list('/v1/journeys', { maxScore: '70' }), 'journeys with a low score'));
  expectNone(found);
}

/**
 * Compares promises, complaints and stage changes, each list with everything that the oracle knows.
 */
async function compareLedgers(): Promise<void> {
  const { measured } = everything();
  const ofEach = (tell: (customer: (typeof measured)[number]) => readonly object[]) =>
    measured.flatMap((customer) => tell(customer).map((item) => asAnswered({ customerId: customer.id, ...item })));
  const limit = '90';
  const found = [
    ...sameItems(ofEach(expectedPromises), await shop.list('/v1/promises', { limit }), 'promises'),
    ...sameItems(
      ofEach((customer) => expectedComplaints(customer).filter(({ isOpen }) => isOpen)).map(withoutClaim),
      await shop.list('/v1/complaints', { limit, state: 'open' }),
      'open complaints',
    ),
    ...sameItems(
      ofEach(expectedComplaints).map(withoutClaim),
      await shop.list('/v1/complaints', { limit }),
      'all complaints',
    ),
  ];
  const moves = await shop.list('/v1/trust-changes', { limit });
  const line = (move: Json) => JSON.stringify(['customerId', 'at', 'from', 'to', 'because'].map((name) => move[name]));
  expect(moves.map(line).sort()).toEqual(
    ofEach(({ history }) => history)
      .map(line)
      .sort(),
  );
  const share = (of: (customer: (typeof measured)[number]) => readonly string[]) => {
    const counts: Record<string, number> = {};
    for (const name of measured.flatMap(of)) counts[name] = (counts[name] ?? 0) + 1;
    return counts;
  };
  expect(await shop.get('/v1/overview')).toMatchObject({
    customersByStage: share(({ stage }) => [stage]),
    journeysByStatus: share(({ journeys }) => [...journeys.values()].map(({ status }) => status)),
    promisesByState: share(({ promises }) => promises.map(({ state }) => state)),
  });
  expectNone(found);
}

/** Removes `isOpen`, which the test compares by the list's filter. */
function withoutClaim({ isOpen, ...complaint }: Json): Json {
  return complaint;
}

describe('the whole system answers as an independent reading of the measurement does', () => {
  test('while half of what happened is published', async () => {
    await shop.publishUpTo(0.5);
    await compareLists();
  });

  test('when all of it is, late news and repeats among it', async () => {
    await shop.publishUpTo(1);
    await compareLists();
    await compareLedgers();
  });

  test('for each customer and each journey', compareOneByOne);

  test('as of times past, and deadlines to the millisecond', compareAsOf);

  test.each([31, 200, 400])('after %i days of silence, in which much falls due', async (days) => {
    const time = new Date(shop.greatestTime() + days * DAY).toISOString();
    const type = 'touchstone.referral.made.v1';
    await shop.publish([{ specversion: '1.0', id: time, source: '/later', type, subject: 'far away', time, data: {} }]);
    await compareLists();
    await compareLedgers();
  });

  test('for each customer and each journey after that silence', compareOneByOne);

  test('once the read model is built anew from the log', async () => {
    await fetch(`${shop.url}/v1/rebuild`, { method: 'POST' });
    await vi.waitFor(async () => expect(await shop.get('/v1/rebuild')).toMatchObject({ state: 'done' }), {
      timeout: 50_000,
      interval: 20,
    });
    await compareLists();
    await compareLedgers();
  });
});
