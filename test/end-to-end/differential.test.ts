import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger, readConfig } from '@touchstone/runtime';
import { type Standalone, startStandalone } from '@touchstone/standalone';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Definitions } from '../oracle/chronicle.ts';
import {
  differences,
  expectedComplaints,
  expectedCustomer,
  expectedJourney,
  expectedPromises,
  expectedSummary,
} from '../oracle/differences.ts';
import { type CustomerMeasures, measure, measureAsOf } from '../oracle/measure.ts';
import { customerOf, type PublishedEvent, timeOf, withoutRepeats } from '../oracle/published-event.ts';
import { randomCustomer, definitions as randomDefinitions } from '../oracle/random-customer.ts';

/** Fixed, so that a failure can be looked at again; another one tells of other customers. */
const SEED = Number(process.env.DIFFERENTIAL_SEED ?? 20_240_229);
const CUSTOMERS = 150;
const DAY = 86_400_000;
const within = 1e-6;

type Json = Record<string, unknown>;

const random = fc.sample(fc.infiniteStream(fc.nat()), { seed: SEED, numRuns: 1 })[0]!;
const dice = (sides: number): number => (random.next().value as number) % sides;

/** Each customer's events in the order in which they are sent, repeats among them. */
const histories = new Map(
  fc.sample(randomCustomer(40), { seed: SEED, numRuns: CUSTOMERS }).map(({ events }, index) => {
    const id = index % 10 === 0 ? `shop/Zoë ${index}` : `c${index}`;
    return [id, events.map((event) => addressed(event, id, index))] as const;
  }),
);
const definitions: Definitions = fc.sample(randomDefinitions, { seed: SEED, numRuns: 5 })[4]!;

/** Who the customer is may stand in either place, or in both. */
function addressed(event: PublishedEvent, id: string, index: number): PublishedEvent {
  const { subject: _, ...rest } = event;
  if (index % 3 === 0) return { ...rest, data: { ...event.data, customerId: id } };
  return { ...rest, subject: id, data: index % 3 === 1 ? { ...event.data, customerId: id } : event.data };
}

const folder = mkdtempSync(join(tmpdir(), 'differential-'));
let system: Standalone;

beforeAll(async () => {
  writeFileSync(join(folder, 'definitions.json'), JSON.stringify(Object.values(definitions)));
  const environment = {
    PORT: '0',
    CLOCK: 'log',
    TOUCHSTONE_DATA: join(folder, 'data'),
    DEFINITIONS: join(folder, 'definitions.json'),
  };
  system = await startStandalone(readConfig(environment), createLogger({ level: 'error' }));
});

afterAll(async () => {
  await system?.stop();
  rmSync(folder, { recursive: true });
});

/** What the log holds, in its order, and where it ends. */
const published: PublishedEvent[] = [];
let position = '0';

const eventsOf = (customerId: string) => published.filter((event) => customerOf(event) === customerId);
const greatestTime = () => published.reduce((greatest, event) => Math.max(greatest, timeOf(event)), 0);
const customersSoFar = () => [...new Set(published.map(customerOf))];

async function publish(batch: readonly PublishedEvent[]): Promise<void> {
  const asLines = dice(2) === 0;
  const answer = await fetch(`${system.url}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': asLines ? 'application/x-ndjson' : 'application/cloudevents-batch+json' },
    body: asLines ? batch.map((event) => JSON.stringify(event)).join('\n') : JSON.stringify(batch),
  });
  const told = (await answer.json()) as { accepted: number; duplicates: number; conflicts: number; position: string };
  const before = published.length;
  published.splice(0, before, ...withoutRepeats([...published, ...batch]));
  const accepted = published.length - before;
  expect(told, JSON.stringify(told)).toMatchObject({ accepted, rejected: 0 });
  expect(told.duplicates + told.conflicts).toBe(batch.length - accepted);
  position = told.position;
}

/** Send what is left of each history up to a share of it, interleaved, in batches of random size, some of them twice. */
async function publishUpTo(share: number): Promise<void> {
  const queues = [...histories].map(([id, events]) => {
    const sent = sentOf.get(id) ?? 0;
    sentOf.set(id, Math.ceil(events.length * share));
    return events.slice(sent, sentOf.get(id));
  });
  const line: PublishedEvent[] = [];
  for (let open = queues.filter((queue) => queue.length > 0); open.length > 0; ) {
    const queue = open[dice(open.length)]!;
    line.push(...queue.splice(0, 1 + dice(3)));
    open = open.filter(({ length }) => length > 0);
  }
  while (line.length > 0) {
    const batch = line.splice(0, 1 + dice(300));
    for (let repeats = dice(4); repeats > 0; repeats--) batch.push(batch[dice(batch.length)]!);
    await publish(batch);
    if (dice(5) === 0) await publish(batch);
  }
}
const sentOf = new Map<string, number>();

async function get(path: string, parameters: Record<string, string> = {}): Promise<Json> {
  const answer = await fetch(`${system.url}${path}?${new URLSearchParams(parameters)}`, {
    headers: { 'touchstone-after': position },
  });
  const body = (await answer.json()) as Json;
  if (!answer.ok && answer.status !== 404)
    throw new Error(`${path} answered ${answer.status}: ${JSON.stringify(body)}`);
  return answer.ok ? body : { status: 404 };
}

/** Every page of a list, one after the other. */
async function list(path: string, parameters: Record<string, string>): Promise<Json[]> {
  const items: Json[] = [];
  let cursor: string | null | undefined;
  do {
    const page = await get(path, cursor == null ? parameters : { ...parameters, cursor });
    items.push(...(page.items as Json[]));
    cursor = page.nextCursor as string | null;
  } while (cursor !== null);
  return items;
}

const timeFields = new Set(['at', 'dueAt', 'raisedAt', 'since', 'startedAt', 'lastAt', 'endedAt']);

/** The oracle's times as the surface writes them. */
function asAnswered(expected: unknown): Json {
  return JSON.parse(
    JSON.stringify(expected, (name, value) =>
      timeFields.has(name) && typeof value === 'number' ? new Date(value).toISOString() : value,
    ),
  ) as Json;
}

/** All that differs, with who it is about. Reports the first few in full. */
function expectNone(found: readonly string[]): void {
  expect(found.slice(0, 10), `${found.length} differences with DIFFERENTIAL_SEED=${SEED}`).toEqual([]);
}

const path = (kind: 'customers' | 'journeys', id: string) => `/v1/${kind}/${encodeURIComponent(id)}`;

async function compareOneByOne(): Promise<void> {
  const found: string[] = [];
  const now = greatestTime();
  for (const id of customersSoFar()) {
    const expected = measure(eventsOf(id), definitions, now);
    const customer = await get(path('customers', id));
    found.push(...differences(asAnswered({ id, ...expectedCustomer(expected) }), customer, within, id));
    for (const [journeyId, journey] of expected.journeys) {
      const told = await get(path('journeys', journeyId), { customerId: id });
      found.push(...differences(asAnswered(expectedJourney(journey)), told, within, `${id} ${journeyId}`));
    }
  }
  expectNone(found);
}

async function compareAsOf(): Promise<void> {
  const found: string[] = [];
  for (const id of customersSoFar()) {
    const events = eventsOf(id);
    const days = [0, 0.5, 3, 14, 30, 45, 90, 180, 365, -1];
    const moment = timeOf(events[dice(events.length)]!) + days[dice(days.length)]! * DAY + dice(3) - 1;
    const asOf = new Date(moment).toISOString();
    const expected = measureAsOf(events, definitions, moment);
    const customer = await get(path('customers', id), { asOf });
    const wanted = expected === undefined ? { status: 404 } : asAnswered({ id, ...expectedCustomer(expected) });
    found.push(...differences(wanted, customer, within, `${id} asOf ${asOf}`));
    const [first] = expected?.journeys.values() ?? [];
    if (first === undefined) continue;
    const told = await get(path('journeys', first.id), { customerId: id, asOf });
    found.push(...differences(asAnswered(expectedJourney(first)), told, within, `${id} ${first.id} asOf ${asOf}`));
  }
  expectNone(found);
}

/** What the oracle expects of every customer and journey at the log's now. */
function everything() {
  const now = greatestTime();
  const measured = customersSoFar().map((id) => ({ id, ...measure(eventsOf(id), definitions, now) }));
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

/** The same items, whatever their order; each once. */
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

/** Values that must not go down (or up), what has none at the end. */
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
    const items = await list('/v1/customers', { sort, limit: String(7 + dice(60)) });
    found.push(...sameItems(customers, items, `customers by ${sort}`), ...ordered(items, sort));
  }
  for (const sort of ['score', '-lastAt', 'startedAt', '-endedAt']) {
    const items = await list('/v1/journeys', { sort, limit: String(20 + dice(200)) });
    found.push(...sameItems(all, items, `journeys by ${sort}`), ...ordered(items, sort));
  }
  const customersWhere = async (parameters: Record<string, string>, passes: (customer: Json) => boolean) => {
    const about = `customers ${new URLSearchParams(parameters)}`;
    found.push(...sameItems(customers.filter(passes), await list('/v1/customers', parameters), about));
  };
  for (const stage of ['none', 'cognitive', 'affective', 'behavioural']) {
    await customersWhere({ stage }, (customer) => customer.stage === stage);
    const theirs = journeys.filter((journey) => journey.stage === stage).map(({ answer }) => answer);
    found.push(...sameItems(theirs, await list('/v1/journeys', { stage }), `journeys of ${stage}`));
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
    found.push(...sameItems(theirs, await list('/v1/journeys', { status }), `journeys ${status}`));
  }
  const low = all.filter(({ score }) => score !== null && score <= 70 + 1e-9);
  found.push(...sameItems(low, await list('/v1/journeys', { maxScore: '70' }), 'journeys with a low score'));
  expectNone(found);
}

/** Promises, complaints and moves between stages, each list against all that the oracle knows of. */
async function compareLedgers(): Promise<void> {
  const { measured } = everything();
  const ofEach = (tell: (customer: (typeof measured)[number]) => readonly object[]) =>
    measured.flatMap((customer) => tell(customer).map((item) => asAnswered({ customerId: customer.id, ...item })));
  const limit = '90';
  const found = [
    ...sameItems(ofEach(expectedPromises), await list('/v1/promises', { limit }), 'promises'),
    ...sameItems(
      ofEach((customer) => expectedComplaints(customer).filter(({ isOpen }) => isOpen)).map(withoutClaim),
      await list('/v1/complaints', { limit, state: 'open' }),
      'open complaints',
    ),
    ...sameItems(
      ofEach(expectedComplaints).map(withoutClaim),
      await list('/v1/complaints', { limit }),
      'all complaints',
    ),
  ];
  const moves = await list('/v1/trust-changes', { limit });
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
  expect(await get('/v1/overview')).toMatchObject({
    customersByStage: share(({ stage }) => [stage]),
    journeysByStatus: share(({ journeys }) => [...journeys.values()].map(({ status }) => status)),
    promisesByState: share(({ promises }) => promises.map(({ state }) => state)),
  });
  expectNone(found);
}

/** Whether a complaint is open is asked of the list by its filter. */
function withoutClaim({ isOpen, ...complaint }: Json): Json {
  return complaint;
}

describe('the whole system answers as an independent reading of the measurement does', () => {
  test('while half of what happened is published', async () => {
    await publishUpTo(0.5);
    await compareLists();
  });

  test('when all of it is, late news and repeats among it', async () => {
    await publishUpTo(1);
    await compareLists();
    await compareLedgers();
  });

  test('for each customer and each journey', compareOneByOne);

  test('as of times past, and deadlines to the millisecond', compareAsOf);

  test.each([31, 200, 400])('after %i days of silence, in which much falls due', async (days) => {
    const time = new Date(greatestTime() + days * DAY).toISOString();
    const type = 'touchstone.referral.made.v1';
    await publish([{ specversion: '1.0', id: time, source: '/later', type, subject: 'far away', time, data: {} }]);
    await compareLists();
    await compareLedgers();
  });

  test('for each customer and each journey after that silence', compareOneByOne);

  test('once the read model is built anew from the log', async () => {
    await fetch(`${system.url}/v1/rebuild`, { method: 'POST' });
    await vi.waitFor(async () => expect(await get('/v1/rebuild')).toMatchObject({ state: 'done' }), {
      timeout: 50_000,
      interval: 20,
    });
    await compareLists();
    await compareLedgers();
  });
});
