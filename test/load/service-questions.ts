import { endpoints } from '@touchstone/api';
import { DAY_MS } from '@touchstone/api/vocabulary';
import { createClient } from '@touchstone/client';
import { levelOf } from '@touchstone/journey';
import { shippedIndexes } from '@touchstone/operations';
import {
  benchmarks,
  complaintsReport,
  customerTiers,
  drivers,
  gaps,
  importance,
  leavers,
  promisesReport,
  type QuestionContext,
  quality,
  recovery,
  retention,
  satisfactionIndex,
  silentCustomers,
  stagesOverTime,
  timeInStage,
  transitions,
  worklist,
} from '@touchstone/read-models/questions';
import type { ChdbConnection } from 'chdb/connection';
import { type BenchRow, figure, interleaved, medianMs } from './measure.ts';
import { askEngine, postedTo, statementsOf } from './own-statements.ts';

const TURNS = 1;
const ROUNDS = 3;
/** A longer answer is one for which a reader wants to see that it is under way, ms. */
const LONG_MS = 2000;

/** A question about customers or service: its address and body, and what the product asks. */
interface ServiceQuestion {
  readonly name: string;
  readonly path: string;
  readonly body?: object;
  readonly ask: (context: QuestionContext) => Promise<unknown>;
}

const { askDrivers, askImportance, getRetention } = endpoints;
/** The definition that gaps are measured against. */
const ORDER = {
  type: 'order',
  touchpoints: {
    'checkout.completed': { believed: 4, standard: 4, promised: 4.5, targetMs: 60_000 },
    'delivery.received': { believed: 4, standard: 4, promised: 4.5 },
  },
};
const behaviour = shippedIndexes.find(({ name }) => name === 'behaviour')!.tree;

const questions: readonly ServiceQuestion[] = [
  { name: 'stages', path: '/v1/loyalty/stages?bucket=1d', ask: (on) => stagesOverTime({ bucket: '1d' }, on) },
  { name: 'transitions', path: '/v1/loyalty/transitions', ask: (on) => transitions({}, on) },
  { name: 'time in stage', path: '/v1/loyalty/time-in-stage', ask: timeInStage },
  {
    name: 'retention',
    path: '/v1/loyalty/retention?cohort=1w',
    ask: (on) => retention(getRetention.query.parse({ cohort: '1w' }), on),
  },
  { name: 'tiers', path: '/v1/loyalty/tiers', ask: (on) => customerTiers({}, on) },
  { name: 'silent', path: '/v1/loyalty/silent', ask: (on) => silentCustomers({}, on) },
  { name: 'leavers', path: '/v1/loyalty/leavers', ask: (on) => leavers({}, on) },
  { name: 'worklist', path: '/v1/worklist', ask: (on) => worklist({ marks: new Map(), criticalMs: 90 * DAY_MS }, on) },
  {
    name: 'promises',
    path: '/v1/promises/report?by=touchpoint',
    ask: (on) => promisesReport({ by: ['touchpoint'] }, on),
  },
  {
    name: 'complaints',
    path: '/v1/complaints/report?by=channel',
    ask: (on) => complaintsReport({ by: ['channel'] }, on),
  },
  { name: 'recovery', path: '/v1/recovery', ask: (on) => recovery({}, on) },
  {
    name: 'drivers',
    path: '/v1/analytics/drivers',
    body: { outcome: 'score' },
    ask: (on) => drivers(askDrivers.body.parse({ outcome: 'score' }), on),
  },
  {
    name: 'importance',
    path: '/v1/analytics/importance',
    body: {},
    ask: (on) => importance(askImportance.body.parse({}), on),
  },
  { name: 'quality', path: '/v1/quality?by=touchpoint', ask: (on) => quality({ by: ['touchpoint'] }, on) },
  { name: 'gaps', path: '/v1/gaps?type=order', ask: (on) => gaps({ type: 'order' }, ORDER, on) },
  {
    name: 'benchmarks',
    path: '/v1/benchmarks?by=team&measure=score',
    ask: (on) => benchmarks({ by: 'team', measure: 'score' }, on),
  },
  {
    name: 'index',
    path: '/v1/analytics/index',
    body: { name: 'behaviour' },
    ask: (on) => satisfactionIndex({ tree: behaviour }, { ...on, levelOf }),
  },
];

/**
 * Measures each question about customers and service: its route against its own statements straight
 * on the engine. `touchstone …` shows that it waits where an answer takes longer than two seconds.
 */
export async function benchServiceQuestions(url: string, engine: ChdbConnection): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  await createClient({ url }).put('/v1/definitions/order', ORDER);
  for (const { name, path, body, ask } of questions) {
    const route = () => postedTo(url + path, body);
    const statements = await statementsOf(engine, ask);
    const times = await interleaved({
      rounds: ROUNDS,
      variants: {
        route: () => medianMs(TURNS, route),
        own: () => medianMs(TURNS, () => askEngine(engine, statements)),
      },
    });
    const [product, floor] = [times.route!, 1.25 * times.own! + 3];
    rows.push({
      name: `questions: ${name}`,
      goalText: '≤ 1.25 of the same SQL straight on the engine and 3 ms',
      ...{ floor, product, ratio: product / floor, goal: 1, atMost: true, unit: 'ms' },
    });
  }
  const long = rows.filter(({ product }) => product > LONG_MS).length;
  return [...rows, figure('questions: answers of more than two seconds', long, 'questions', null)];
}

/** Bytes of an event in the read model, against its JSON. */
export async function bytesAnEvent(engine: ChdbConnection, events: number, jsonBytes: number): Promise<BenchRow> {
  const sql = `SELECT toUInt64(sum(bytes_on_disk)) AS bytes FROM system.parts WHERE active AND database LIKE 'touchstone%'`;
  const text = new TextDecoder().decode((await engine.chdb.queryAsync(sql, { format: 'JSONEachRow' })).bytes());
  const product = Number((JSON.parse(text) as { bytes: string | number }).bytes) / events;
  const goal = 0.2;
  return {
    ...{ name: 'questions: bytes of an event in the read model', goalText: '≤ 0.2 of its JSON' },
    ...{ floor: jsonBytes, product, ratio: product / jsonBytes, goal, atMost: true, unit: 'B' },
  };
}
