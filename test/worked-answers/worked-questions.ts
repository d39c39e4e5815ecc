import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { histories } from './worked-answers.ts';

export interface WorkedQuestion {
  readonly question: { readonly ask: string; readonly [parameter: string]: unknown };
  // Tests read any field of an answer.
  // biome-ignore lint/suspicious/noExplicitAny: see above.
  readonly answer: any;
}

/** The questions about a history, with their answers, in order. */
export function workedQuestions(name: (typeof histories)[number]): WorkedQuestion[] {
  const text = gunzipSync(readFileSync(new URL(`${name}.questions.ndjson.gz`, import.meta.url))).toString();
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as WorkedQuestion);
}

/** Where each kind of question is asked: in a body, or in an address. */
export const asked = {
  journeys: 'GET /v1/journeys',
  funnel: 'POST /v1/analytics/funnel',
  funnelJourneys: 'POST /v1/analytics/funnel/journeys',
  paths: 'POST /v1/analytics/paths',
  pathsJourneys: 'POST /v1/analytics/paths/journeys',
  variants: 'POST /v1/analytics/variants',
  conformance: 'POST /v1/analytics/conformance',
  conformanceJourneys: 'POST /v1/analytics/conformance/journeys',
  durations: 'POST /v1/analytics/durations',
  durationsJourneys: 'POST /v1/analytics/durations/journeys',
  failureRates: 'GET /v1/touchpoints/failure-rates',
  feedback: 'GET /v1/feedback',
  selfCheck: 'GET /v1/self-check',
  stages: 'GET /v1/loyalty/stages',
  transitions: 'GET /v1/loyalty/transitions',
  timeInStage: 'GET /v1/loyalty/time-in-stage',
  retention: 'GET /v1/loyalty/retention',
  tiers: 'GET /v1/loyalty/tiers',
  silent: 'GET /v1/loyalty/silent',
  leavers: 'GET /v1/loyalty/leavers',
  worklist: 'GET /v1/worklist',
  promisesReport: 'GET /v1/promises/report',
  complaintsReport: 'GET /v1/complaints/report',
  recovery: 'GET /v1/recovery',
  drivers: 'POST /v1/analytics/drivers',
  importance: 'POST /v1/analytics/importance',
  quality: 'GET /v1/quality',
  gaps: 'GET /v1/gaps',
  benchmarks: 'GET /v1/benchmarks',
  index: 'POST /v1/analytics/index',
} as const;

/** The parameters of an address for a question; `where` stands in it with all else. */
export function inAddress({ ask: _, where, by, ...others }: WorkedQuestion['question']): URLSearchParams {
  const parameters = new URLSearchParams();
  const { attributes = {}, ...filters } = (where ?? {}) as Record<string, unknown>;
  const named = { ...filters, ...others, ...(by === undefined ? {} : { by: String(by) }) };
  for (const [name, value] of Object.entries(named)) parameters.set(name, String(value));
  for (const [name, value] of Object.entries(attributes as object)) parameters.set(`attribute.${name}`, String(value));
  return parameters;
}
