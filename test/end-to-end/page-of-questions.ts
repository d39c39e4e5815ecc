import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { createClient, type Query, TouchstoneError } from '@touchstone/client';
import { ABOUT_MANY, POSTED } from './questions-about-many.ts';

/** The answer to each question; the same wherever the log of the system is. */
export type Answers = ReadonlyMap<string, unknown>;

export interface Asking {
  readonly url: string;
  /** Customers, and journeys, that are asked for one by one, taken from the whole list. */
  readonly singlesMax: number;
}

/** Routes that tell of the process, or answer only where it has keys. */
const NOT_ASKED = [
  '/v1/journeys/{journeyId}/shares',
  '/v1/me',
  '/v1/keys',
  '/v1/configuration',
  '/v1/targets/{name}',
  '/v1/live',
  '/v1/backup',
  '/v1/rebuild',
  '/v1/trial',
];
const OF_ONE_LOG = /position|cursor|lag|generation/i;
const AT_ONCE = 8;

type Item = Readonly<Record<string, string>>;

/**
 * Asks every route that reads: lists by each order and filter, single answers as they are, as they
 * were (`asOf`) and as they were known (`knownAt`), and a trial. Throws if the API description has
 * a route that it does not ask.
 */
export async function pageOfQuestions({ url, singlesMax }: Asking): Promise<Answers> {
  const client = createClient({ url });
  const answers = new Map<string, unknown>();
  const { log } = await checkedPosition(client);
  const get = (path: string, query: Query) => client.get(path, query, { after: log });

  const ask = async (path: string, query: Query = {}, shown = withoutPositions): Promise<unknown> => {
    const answer = await get(path, query).catch((error: unknown) => {
      // A customer who was not there yet is not found; nothing else may fail.
      if (error instanceof TouchstoneError && error.status === 404) return error.problem.detail;
      throw error;
    });
    answers.set(nameOf(path, query), shown(answer));
    return answer;
  };
  const askAll = async (path: string, query: Query = {}): Promise<readonly Item[]> => {
    const items: Item[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = (await get(path, { limit: 500, ...query, cursor })) as { items: Item[]; nextCursor: string | null };
      items.push(...page.items);
      if (page.nextCursor === null) break;
      cursor = page.nextCursor;
    }
    answers.set(nameOf(path, query), withoutPositions(items));
    return items;
  };

  const { recorded, happened } = await exported(client, answers);
  await ask('/v1/position', {}, (answer) => ({ ...(withoutPositions(answer) as object), log: 0, projected: 0 }));
  for (const path of [
    'overview',
    'definitions',
    'policy',
    'clock',
    'lost-history',
    'objectives',
    'heartbeats',
    'watches',
    'targets',
    'annotations',
  ])
    await ask(`/v1/${path}`);
  await askAll('/v1/alerts');
  await askConservation(ask, recorded);
  for (const [path, query] of ABOUT_MANY) await ask(path, query);
  for (const [path, question] of POSTED) {
    answers.set(`${path} ${JSON.stringify(question)}`, withoutPositions(await client.post(path, question)));
  }
  for (const table of EXPORTED) await askExport(url, table, answers);
  for (const query of RATES(happened)) await ask('/v1/touchpoints/failure-rates', query);
  for (const path of ['/v1/parked', '/v1/rejected']) await askAll(path);
  await askAll('/v1/rejected', { resolved: 'true' });
  const customers = await askAll('/v1/customers', { sort: 'id' });
  const journeys = await askAll('/v1/journeys', { sort: 'startedAt' });
  for (const [path, query] of LISTS(happened, customers[0]!.id!)) await askAll(path, query);

  const [asOf] = happened;
  const views: Query[] = [{}, { asOf }, ...recorded.map((knownAt) => ({ knownAt })), { asOf, knownAt: recorded[0] }];
  const singles = [
    ...some(customers, singlesMax).map(({ id }) => [`/v1/customers/${encodeURIComponent(id!)}`, {}] as const),
    ...some(journeys, singlesMax).map(
      ({ id, customerId }) => [`/v1/journeys/${encodeURIComponent(id!)}`, { customerId }] as const,
    ),
  ].flatMap(([path, whose]) => views.map((view) => [path, { ...whose, ...view }] as const));
  await inParallel(singles, ([path, query]) => ask(path, query));
  await askTrial(client, answers);
  await expectAllRoutes(url, answers);
  return answers;
}

/** Asks again while a system that was just started checks its rows. */
async function checkedPosition(client: ReturnType<typeof createClient>): Promise<{ readonly log: string }> {
  for (;;) {
    try {
      return (await client.get('/v1/position')) as { log: string };
    } catch (error) {
      const isBeingChecked = error instanceof TouchstoneError && error.code === 'read_model_damaged';
      if (!isBeingChecked) throw error;
      await pause(50);
    }
  }
}

/**
 * Reads the log as it was published, and resolves to moments spread over it: when events were
 * recorded, and when they happened.
 */
async function exported(client: ReturnType<typeof createClient>, answers: Map<string, unknown>) {
  const digest = createHash('sha256');
  const lines: string[] = [];
  let events = 0;
  for (let after = 0n; ; ) {
    const page = await client.eventsPage({ after, limit: 5_000 });
    digest.update(page.lines.replace(/"touchstoneposition":"\d+"/g, ''));
    const [first] = page.lines.split('\n', 1);
    if (page.events > 0) lines.push(first!, page.lines.slice(0, -1).split('\n').at(-1)!);
    events += page.events;
    after = page.next;
    if (after >= page.end) break;
  }
  answers.set('/v1/events', { events, digest: digest.digest('hex') });
  const told = lines.map((line) => JSON.parse(line) as Item);
  const times = (name: string) => told.map((event) => Date.parse(event[name]!)).sort((a, b) => a - b);
  const at = (all: readonly number[], share: number) => {
    const [least, greatest] = [all[0]!, all.at(-1)!];
    return new Date(Math.round(least + (greatest - least) * share)).toISOString();
  };
  const [recorded, happened] = [times('touchstonerecordedat'), times('time')];
  return {
    recorded: [0.3, 0.7, 1].map((share) => at(recorded, share)),
    happened: [0.6, 0.8].map((share) => at(happened, share)) as [string, string],
  };
}

/** Leaves out the counts of duplicates, conflicts and rejections, which a copy does not take. */
async function askConservation(
  ask: (path: string, query: Query, shown: (answer: unknown) => unknown) => Promise<unknown>,
  recorded: readonly string[],
): Promise<void> {
  const last = Date.parse(recorded.at(-1)!);
  const span = { from: new Date(last - 3_600_000).toISOString(), to: new Date(last + 60_000).toISOString() };
  for (const bucket of ['1m', '1h']) {
    await ask('/v1/conservation', { ...span, bucket }, (answer) =>
      JSON.parse(
        JSON.stringify(answer, (name, value) =>
          /^(duplicates|conflicts|rejected)$/.test(name) || isPositionIn(name, value) ? undefined : value,
        ),
      ),
    );
  }
}

/** The rows of an export, in an order that does not depend on where they were stored. */
async function askExport(url: string, table: string, answers: Map<string, unknown>): Promise<void> {
  const path = `/v1/export/${table}`;
  const answer = await fetch(`${url}${path}?format=ndjson`);
  const text = await answer.text();
  assert.equal(answer.status, 200, text);
  const rows = text.split('\n').filter((line) => line !== '');
  const shown = rows.map((row) => JSON.stringify(withoutPositions(JSON.parse(row)))).sort();
  answers.set(path, shown);
}

/** A row's `projected` is a count. */
const isPositionIn = (name: string, value: unknown): boolean => name === 'projected' && typeof value === 'string';

async function askTrial(client: ReturnType<typeof createClient>, answers: Map<string, unknown>): Promise<void> {
  await client.post('/v1/trial', { policy: { openComplaintPoints: 25, peakEnd: 0.6 }, limit: 100 });
  for (;;) {
    const trial = (await client.get('/v1/trial')) as { state: string; report: unknown; error: unknown };
    if (trial.state === 'running') {
      await pause(50);
      continue;
    }
    assert.deepEqual([trial.state, trial.error], ['done', null]);
    answers.set('/v1/trial', withoutPositions(trial.report));
    await client.delete('/v1/trial');
    return;
  }
}

async function expectAllRoutes(url: string, answers: Answers): Promise<void> {
  const { paths } = (await (await fetch(`${url}/openapi.json`)).json()) as { paths: Record<string, object> };
  const asked = [...answers.keys()].map((name) => name.split(' ')[0]!);
  const left = Object.entries(paths)
    .filter(([path, methods]) => 'get' in methods && path.startsWith('/v1/') && !NOT_ASKED.includes(path))
    .map(([path]) => path)
    .filter((path) => !asked.some((one) => new RegExp(`^${path.replace(/\{[^}]+\}/g, '[^/]+')}$`).test(one)));
  assert.deepEqual(left, [], 'routes that no question asks');
}

const RATES = ([from, to]: readonly [string, string]): readonly Query[] => [
  {},
  { by: 'touchpoint,channel,journeyType', bucket: '1d' },
  { by: 'cause,source' },
  { by: 'cause,channel', groupsMax: 5 },
  { from, to, by: 'channel', bucket: '1h' },
  { type: 'order', by: 'touchpoint' },
];

const EXPORTED = ['journeys', 'moments', 'customers', 'promises', 'complaints', 'trust-changes'];

const LISTS = ([from, to]: readonly [string, string], customerId: string): readonly (readonly [string, Query])[] => [
  ...['satisfaction', '-satisfaction', '-lastAt', 'since'].map((sort) => ['/v1/customers', { sort }] as const),
  ...['none', 'cognitive', 'affective', 'behavioural'].map(
    (stage) => ['/v1/customers', { stage, sort: 'id' }] as const,
  ),
  ...['true', 'spurious', 'latent', 'none'].map((loyalty) => ['/v1/customers', { loyalty, sort: 'id' }] as const),
  ['/v1/customers', { quietlyLeaving: 'true', sort: 'id' }],
  ['/v1/customers', { minSatisfaction: 40, maxSatisfaction: 80, sort: 'id' }],
  ...['-startedAt', 'score', '-score', 'endedAt', '-lastAt'].map((sort) => ['/v1/journeys', { sort }] as const),
  ...['open', 'completed', 'abandoned'].map((status) => ['/v1/journeys', { status, sort: 'startedAt' }] as const),
  ['/v1/journeys', { customerId, sort: 'startedAt' }],
  ['/v1/journeys', { type: 'order', maxScore: 50, from, to, sort: 'startedAt' }],
  ['/v1/journeys', { stage: 'cognitive', channel: 'web', sort: 'startedAt' }],
  ['/v1/promises', {}],
  ...['open', 'kept', 'kept-late', 'broken', 'withdrawn'].map((state) => ['/v1/promises', { state }] as const),
  ['/v1/promises', { customerId, dueFrom: from, dueTo: to }],
  ['/v1/complaints', {}],
  ...['open', 'resolved'].map((state) => ['/v1/complaints', { state }] as const),
  ['/v1/complaints', { raisedFrom: from, raisedTo: to }],
  ['/v1/moments', { failed: 'true' }],
  ['/v1/moments', { customerId, from, to }],
  ['/v1/trust-changes', {}],
  ...['earned', 'idle', 'critical-failure'].map((because) => ['/v1/trust-changes', { because }] as const),
  ['/v1/trust-changes', { customerId, from, to }],
];

const nameOf = (path: string, query: Query): string => `${path} ${JSON.stringify(query)}`;

const withoutPositions = (answer: unknown): unknown =>
  JSON.parse(JSON.stringify(answer, (name, value) => (OF_ONE_LOG.test(name) ? undefined : rounded(value))));

/** A sum depends on the order in which the engine met the rows; figures hold to a billionth. */
const rounded = (value: unknown): unknown =>
  typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(10)) : value;

/** Takes at most so many elements, spread over the whole list. */
function some<Element>(all: readonly Element[], most: number): readonly Element[] {
  const step = Math.max(1, all.length / most);
  return Array.from({ length: Math.min(most, all.length) }, (_, n) => all[Math.floor(n * step)]!);
}

async function inParallel<Element>(all: readonly Element[], work: (one: Element) => Promise<unknown>): Promise<void> {
  const left = all.values();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const one of left) await work(one);
    }),
  );
}
