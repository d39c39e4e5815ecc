import type { Customer, ExplainedMoment, Journey, JourneySummary, TimelineEntry } from '@touchstone/api';
import { type Client, createClient } from '@touchstone/client';

/** A request as a system meets it. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
}

/** A client of a system that answers so; a number is the status of a problem. */
export function clientOf(answer: (asked: Asked) => object | number): {
  readonly client: Client;
  readonly asked: Asked[];
} {
  const asked: Asked[] = [];
  const fetchAnswer: typeof fetch = async (url, options) => {
    const { pathname, searchParams } = new URL(String(url));
    const request = {
      method: options?.method ?? 'GET',
      path: decodeURIComponent(pathname),
      query: Object.fromEntries(searchParams),
    };
    asked.push(request);
    const answered = answer(request);
    if (typeof answered === 'object') return Response.json(answered);
    return Response.json({ title: 'no', status: answered, detail: 'no', code: 'no' }, { status: answered });
  };
  return { client: createClient({ url: 'http://system.test', retries: 0, fetch: fetchAnswer }), asked };
}

export const AT = '2026-03-01T09:30:00.000Z';

export const journeySummary: JourneySummary = {
  id: 'order-1',
  type: 'order',
  customerId: 'ada',
  status: 'completed',
  startedAt: AT,
  lastAt: AT,
  endedAt: AT,
  score: 70,
  level: 'satisfied',
  moments: 2,
  failures: 0,
  brokenPromises: 0,
  promisesKeptLate: 0,
  openComplaints: 0,
};

export const explainedMoment = (given: Partial<ExplainedMoment> = {}): ExplainedMoment => ({
  eventId: 'e',
  touchpoint: null,
  instrument: null,
  at: AT,
  expectation: 4,
  perception: 4,
  verdict: 'confirmed',
  score: 70,
  weight: 1,
  share: 1,
  ...given,
});

export const timelineEntry = (given: Partial<TimelineEntry> = {}): TimelineEntry => ({
  eventId: 'e',
  source: '/shop',
  type: 'touchstone.moment.recorded.v1',
  at: AT,
  order: 0,
  isFallenDue: false,
  isOutside: false,
  touchpoint: null,
  channel: null,
  outcome: null,
  verdict: null,
  score: null,
  scoreBefore: null,
  scoreAfter: null,
  ...given,
});

type WhatIf = Journey['explanation']['whatIf'][number];

export const whatIf = (given: Partial<WhatIf> = {}): WhatIf => ({
  kind: 'broken-promise',
  at: AT,
  touchpoint: null,
  score: 80,
  ...given,
});

export const journey = (given: Partial<Journey> = {}): Journey => ({
  ...journeySummary,
  explanation: {
    moments: [],
    otherMoments: { count: 0, points: 0 },
    adjustments: [],
    cap: null,
    score: 70,
    whatIf: [],
  },
  timeline: [],
  total: { timeline: 0 },
  nextCursor: null,
  ...given,
});

export const customer = (given: Partial<Customer> = {}): Customer => ({
  id: 'ada',
  stage: 'cognitive',
  since: AT,
  satisfaction: 81.2,
  satisfiedMoments: 5,
  delights: 1,
  purchases: 2,
  loyalty: 'latent',
  quietlyLeaving: false,
  history: [],
  journeys: [],
  next: null,
  total: { history: 0, journeys: 0 },
  nextCursor: null,
  ...given,
});
