import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openEventStore } from '@touchstone/event-store';
import { DAY_MS, policyV1 } from '@touchstone/journey';
import { type ClickHouse, failureRates, listCustomers, listJourneys, type Parameters } from '@touchstone/read-models';
import { createLogger, readConfig } from '@touchstone/runtime';
import { startStandalone } from '@touchstone/standalone';
import { type ChdbConnection, createChdbConnection } from 'chdb/connection';
import { projected } from '../crash/system-process.ts';
import { appendAll } from './append-all.ts';
import { type BenchRow, figure, interleaved, medianMs } from './measure.ts';
import { sampleEvents, toAppend } from './sample-events.ts';

/** What the goals are of. A tenth is over in a minute. */
const GOAL_EVENTS = 10_000_000;
const SLICE = 10_000;
const DAYS = 30;
const ROUNDS = 5;
/** How often a question is asked in a round. */
const TURNS = 10;
/** Journeys that are asked for, none of them twice. */
const JOURNEYS = 200;
/** Of a new folder. */
const GENERATION = 1;
/** Until the merges of what was projected are over. */
const CALM_MS = 5000;

/** What is asked over HTTP, and what the product then gives the engine. */
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
 * What questions cost at rest: the whole system in this process, asked over HTTP, beside its own SQL straight on the engine. Thirty days of events;
 * `QUESTIONS_EVENTS=10000000` is what the goals are of, and takes ten minutes and 10 GB of disk.
 */
export async function benchQuestions(options: { readonly events?: number | undefined } = {}): Promise<BenchRow[]> {
  const count = options.events ?? Number(process.env.QUESTIONS_EVENTS ?? GOAL_EVENTS / 10);
  const isWhole = count >= GOAL_EVENTS;
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-bench-questions-'));
  const until = Date.now();
  try {
    const journeys = await fill(join(folder, 'events.db'), count, until - DAYS * DAY_MS);
    const config = readConfig({ PORT: '0', TOUCHSTONE_DATA: folder });
    const system = await startStandalone(config, createLogger({ level: 'warn' }));
    const engine = createChdbConnection({ path: join(folder, 'clickhouse') });
    try {
      await projected(system, 3_600_000);
      await pause(CALM_MS);
      const rates = await ratesUntil(until);
      return [
        ...(await besideOwnSql(system.url, engine, [...rates, ...(await listsUntil(until))])),
        await besideScan(system.url, engine, rates.find(({ name }) => name === BY_HOUR)!, isWhole),
        await oneJourney(system.url, journeys, isWhole),
      ];
    } finally {
      await engine.close();
      await system.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Journeys that lie apart from each other in the log. */
async function fill(file: string, count: number, startAt: number): Promise<string[]> {
  const store = await openEventStore(`sqlite:${file}`);
  const journeys = new Set<string>();
  const gapMs = (DAYS * DAY_MS) / count;
  let at = startAt;
  for (let seed = 1; seed <= count / SLICE; seed++) {
    const events = sampleEvents(SLICE, { seed, startAt: at, gapMs });
    at = Date.parse(events.at(-1)!.time);
    await appendAll(store, events.map(toAppend));
    if (journeys.size < (seed / (count / SLICE)) * JOURNEYS) {
      journeys.add(events[SLICE / 2]!.data.journeyId as string);
    }
  }
  await store.close();
  return [...journeys];
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

/** Every route beside the statement that it gives the engine. */
async function besideOwnSql(url: string, engine: ChdbConnection, questions: readonly Question[]): Promise<BenchRow[]> {
  const times = await inTurn(url, questions, ({ statement }) => askEngine(engine, statement));
  return times.map(({ name, product, floor }) =>
    row(name, '≤ 1.25 of the same SQL straight on the engine and 3 ms', 1.25 * floor + 3, product, 1),
  );
}

/** What counts by hour save: beside a scan of the moments, on every thread that the engine takes. */
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

/** Each question over HTTP and its floor, all in turn: ms, medians. */
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

/** By its id alone, so that its customer is found first. */
async function oneJourney(url: string, journeys: readonly string[], isWhole: boolean): Promise<BenchRow> {
  const ms = await medianMs(journeys.length, (nth) => askRoute(`${url}/v1/journeys/${journeys[nth]}`));
  const goal = isWhole ? 10 : null;
  return figure('questions: one journey, explained', ms, 'ms', goal, 'p50 ≤ 10 ms at ten million events');
}

/** What a question gives the engine. */
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

/** To the last byte, as the engine is asked too; what a client makes of them is its own. */
async function askRoute(url: string): Promise<void> {
  const answer = await fetch(url);
  const bytes = await answer.arrayBuffer();
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${Buffer.from(bytes)}`);
}

/** Settings, the one of the product's own sessions among them, and parameters are given beforehand: they are no part of the question. */
async function askEngine({ chdb }: ChdbConnection, { sql, params }: Statement, setting?: string): Promise<number> {
  const settings = ['output_format_parallel_formatting = 0', 'optimize_use_projections = 1'];
  if (setting !== undefined) settings.push(setting);
  for (const [name, value] of Object.entries(params)) settings.push(`param_${name} = '${value}'`);
  for (const each of settings) await chdb.queryAsync(`SET ${each}`);
  return medianMs(TURNS, async () => (await chdb.queryAsync(sql, { format: 'JSONEachRow' })).bytes());
}
