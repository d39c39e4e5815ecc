import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openEventStore } from '@touchstone/event-store';
import { DAY_MS, policyV1 } from '@touchstone/journey';
import { type ClickHouse, failureRates, listCustomers, listJourneys, type Parameters } from '@touchstone/read-models';
import { createLogger, readConfig } from '@touchstone/runtime';
import { startTouchstone } from '@touchstone/touchstone';
import { type ChdbConnection, createChdbConnection } from 'chdb/connection';
import { projected } from '../crash/system-process.ts';
import { appendAll } from './append-all.ts';
import { benchJourneyQuestions } from './journey-questions.ts';
import { type BenchRow, figure, interleaved, medianMs } from './measure.ts';
import { sampleEvents, toAppend } from './sample-events.ts';
import { benchServiceQuestions, bytesAnEvent } from './service-questions.ts';

/** Number of events for which the goals are meant. A tenth takes a minute. */
const GOAL_EVENTS = 10_000_000;
const SLICE = 10_000;
const DAYS = 30;
const ROUNDS = 5;
/** How often each query runs per round. */
const TURNS = 10;
/** Number of journeys requested, each only once. */
const JOURNEYS = 200;
/** The first generation of a new folder. */
const GENERATION = 1;
/** Pause until the merges after the projection are over. */
const CALM_MS = 5000;

/** A query over HTTP, and the statement that the product sends to the engine for it. */
interface Question {
  readonly name: string;
  readonly path: string;
  readonly statement: Statement;
}

interface Statement {
  readonly sql: string;
  readonly params: Parameters;
}

/**
 * Measures queries at rest: the whole system in this process, asked over HTTP, against its own SQL
 * straight on the engine, over thirty days of events. The goals need `QUESTIONS_EVENTS=10000000`,
 * which takes ten minutes and 10 GB of disk.
 */
export async function benchQuestions(options: { readonly events?: number | undefined } = {}): Promise<BenchRow[]> {
  const count = options.events ?? Number(process.env.QUESTIONS_EVENTS ?? GOAL_EVENTS / 10);
  const isWhole = count >= GOAL_EVENTS;
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-bench-questions-'));
  const until = Date.now();
  try {
    const { journeys, jsonBytes } = await fill(join(folder, 'events.db'), count, until - DAYS * DAY_MS);
    const config = readConfig({ PORT: '0', TOUCHSTONE_DATA: folder });
    const system = await startTouchstone(config, createLogger({ level: 'warn' }));
    const engine = createChdbConnection({ path: join(folder, 'clickhouse') });
    try {
      await projected(system, 3_600_000);
      await pause(CALM_MS);
      const rates = await ratesUntil(until);
      return [
        ...(await besideOwnSql(system.url, engine, [...rates, ...(await listsUntil(until))])),
        await besideScan(system.url, engine, rates.find(({ name }) => name === BY_HOUR)!, isWhole),
        await oneJourney(system.url, journeys, isWhole),
        ...(await benchJourneyQuestions(system.url, engine, isWhole)),
        ...(await benchServiceQuestions(system.url, engine)),
        await bytesAnEvent(engine, count, jsonBytes),
      ];
    } finally {
      await engine.close();
      await system.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Fills the log; returns ids of journeys that are far apart in it, and an event's mean size. */
async function fill(file: string, count: number, startAt: number) {
  const store = await openEventStore(`sqlite:${file}`);
  const journeys = new Set<string>();
  let bytes = 0;
  const gapMs = (DAYS * DAY_MS) / count;
  let at = startAt;
  for (let seed = 1; seed <= count / SLICE; seed++) {
    const events = sampleEvents(SLICE, { seed, startAt: at, gapMs });
    at = Date.parse(events.at(-1)!.time);
    const appended = events.map(toAppend);
    bytes += appended.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0);
    await appendAll(store, appended);
    if (journeys.size < (seed / (count / SLICE)) * JOURNEYS) {
      journeys.add(events[SLICE / 2]!.data.journeyId as string);
    }
  }
  await store.close();
  return { journeys: [...journeys], jsonBytes: bytes / count };
}

const BY_HOUR = 'rates, all time, by hour';

async function ratesUntil(until: number): Promise<Question[]> {
  const question = async (
    name: string,
    given: { readonly from?: number; readonly bucket?: '1h' },
  ): Promise<Question> => {
    const query = new URLSearchParams({ by: 'touchpoint,channel' });
    if (given.from !== undefined) query.set('from', new Date(given.from).toISOString());
    if (given.bucket !== undefined) query.set('bucket', given.bucket);
    return {
      name,
      path: `/v1/touchpoints/failure-rates?${query}`,
      statement: await statementOf((clickhouse) => failureRates(clickhouse, GENERATION, given)),
    };
  };
  return [
    await question('rates, all time', {}),
    await question(BY_HOUR, { bucket: '1h' }),
    await question('rates, last 24 h', { from: until - DAY_MS }),
  ];
}

async function listsUntil(now: number): Promise<Question[]> {
  const limit = 50;
  const { purchaseDays } = policyV1.loyalty;
  return [
    {
      name: 'journeys',
      path: `/v1/journeys?limit=${limit}`,
      statement: await statementOf((clickhouse) => listJourneys(clickhouse, GENERATION, { limit })),
    },
    {
      name: 'customers',
      path: `/v1/customers?limit=${limit}`,
      statement: await statementOf((clickhouse) => listCustomers(clickhouse, GENERATION, { limit, now, purchaseDays })),
    },
  ];
}

/** Measures every route against the statement that it sends to the engine. */
async function besideOwnSql(url: string, engine: ChdbConnection, questions: readonly Question[]): Promise<BenchRow[]> {
  const times = await inTurn(url, questions, ({ statement }) => askEngine(engine, statement));
  return times.map(({ name, product, floor }) =>
    row(name, '≤ 1.25 of the same SQL straight on the engine and 3 ms', 1.25 * floor + 3, product, 1),
  );
}

/**
 * Measures the saving of hourly counts: against a scan of the moments on all threads of the engine.
 */
async function besideScan(
  url: string,
  engine: ChdbConnection,
  question: Question,
  isWhole: boolean,
): Promise<BenchRow> {
  const [times] = await inTurn(url, [question], ({ statement: { sql, params } }) =>
    askEngine(engine, { sql: sql.replace(/SETTINGS .*$/, ''), params }, 'optimize_use_projections = 0'),
  );
  const goalText = `${isWhole ? '≤ 0.3 of' : 'beside'} a scan of the moments`;
  return row(`${question.name}, counted`, goalText, times!.floor, times!.product, isWhole ? 0.3 : null);
}

/** Measures each query over HTTP and its floor, in turn: medians, ms. */
async function inTurn(url: string, questions: readonly Question[], floorOf: (question: Question) => Promise<number>) {
  const variants: Record<string, () => Promise<number>> = {};
  for (const question of questions) {
    variants[question.name] = () => medianMs(TURNS, () => askRoute(url + question.path));
    variants[`${question.name}: floor`] = () => floorOf(question);
  }
  const times = await interleaved({ rounds: ROUNDS, variants });
  return questions.map(({ name }) => ({ name, product: times[name]!, floor: times[`${name}: floor`]! }));
}

function row(name: string, goalText: string, floor: number, product: number, goal: number | null): BenchRow {
  const ratio = product / floor;
  return { name: `questions: ${name}`, goalText, floor, product, ratio, goal, atMost: true, unit: 'ms' };
}

/** Asks for a journey by its id alone, so that the product must find its customer first. */
async function oneJourney(url: string, journeys: readonly string[], isWhole: boolean): Promise<BenchRow> {
  const ms = await medianMs(journeys.length, (nth) => askRoute(`${url}/v1/journeys/${journeys[nth]}`));
  const goal = isWhole ? 10 : null;
  return figure('questions: one journey, explained', ms, 'ms', goal, 'p50 ≤ 10 ms at ten million events');
}

/** The statement that a query sends to the engine. */
async function statementOf(ask: (clickhouse: ClickHouse) => Promise<unknown>): Promise<Statement> {
  let given: Statement | undefined;
  const listening: Pick<ClickHouse, 'query'> = {
    query: async (sql, params) => {
      given = { sql, params };
      return [];
    },
  };
  await ask(listening as ClickHouse);
  if (given === undefined) throw new Error('No statement was given to the engine.');
  return given;
}

/** Reads the answer to its last byte, without parsing it, as the engine's answer is read too. */
async function askRoute(url: string): Promise<void> {
  const answer = await fetch(url);
  const bytes = await answer.arrayBuffer();
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${Buffer.from(bytes)}`);
}

/**
 * Settings (among them that of the product's own sessions) and parameters are sent beforehand, so
 * that they are not measured.
 */
async function askEngine({ chdb }: ChdbConnection, { sql, params }: Statement, setting?: string): Promise<number> {
  const settings = ['output_format_parallel_formatting = 0', 'optimize_use_projections = 1'];
  if (setting !== undefined) settings.push(setting);
  for (const [name, value] of Object.entries(params)) settings.push(`param_${name} = '${value}'`);
  for (const each of settings) await chdb.queryAsync(`SET ${each}`);
  return medianMs(TURNS, async () => (await chdb.queryAsync(sql, { format: 'JSONEachRow' })).bytes());
}
