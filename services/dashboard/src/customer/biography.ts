import type { Complaints, Customer, Promises } from '@touchstone/api';
import { DAY_MS } from '@touchstone/api/vocabulary';
import type { PublishedEvent } from '../data/event-lines.ts';

type Promise = Promises['items'][number];
type Complaint = Complaints['items'][number];
type Journey = Customer['journeys'][number];

/** Times are ms since 1970. */
export interface ToldBiography {
  readonly start: number;
  readonly now: number;
  /** Stages from `from` on, each until the next. */
  readonly stages: readonly { readonly stage: Customer['stage']; readonly from: number; readonly to: number }[];
  readonly journeys: readonly {
    readonly journey: Journey;
    readonly from: number;
    readonly to: number;
    readonly lane: number;
  }[];
  readonly lanes: number;
  readonly moments: readonly { readonly at: number; readonly touchpoint: string; readonly isFailure: boolean }[];
  readonly satisfactions: readonly { readonly at: number; readonly value: number }[];
  readonly promises: readonly {
    readonly promise: Promise;
    readonly made: number;
    readonly due: number;
    readonly closed: number | null;
  }[];
  readonly purchases: readonly { readonly at: number }[];
  readonly complaints: readonly { readonly complaint: Complaint; readonly at: number; readonly until: number }[];
  /** Since the last visit. */
  readonly silenceFrom: number;
  readonly silenceMs: number;
  /**
   * Median time between visits, which are journeys begun and moments without one, a day or more
   * apart; null with fewer than four.
   */
  readonly rhythmMs: number | null;
}

const VISITS_FOR_RHYTHM = 4;
const LANES_MAX = 8;
const ms = (instant: string): number => Date.parse(instant);

/** Everything that a customer's biography draws; null while nothing has happened. */
export function biographyOf(given: {
  customer: Customer;
  events: readonly PublishedEvent[];
  promises: readonly Promise[];
  complaints: readonly Complaint[];
  now: string;
}): ToldBiography | null {
  const { customer, events, promises, complaints } = given;
  const times = events.map(({ time }) => ms(time)).filter((time) => !Number.isNaN(time));
  const journeyTimes = customer.journeys.map(({ startedAt }) => ms(startedAt));
  const start = Math.min(...times, ...journeyTimes);
  if (!Number.isFinite(start)) return null;
  const last = times.reduce((a, b) => Math.max(a, b), start);
  const now = Math.max(ms(given.now), last);
  const ofType = (name: string) => events.filter(({ type }) => type.startsWith(`touchstone.${name}.`));
  const moments = ofType('moment');
  const silenceFrom = [...moments, ...ofType('purchase')].reduce(
    (latest, { time }) => Math.max(latest, ms(time)),
    start,
  );
  const loose = moments.filter(({ data }) => data?.journeyId === undefined).map(({ time }) => ms(time));
  const { placed, lanes } = inLanes(customer.journeys, now);
  return {
    start,
    now,
    stages: stagesOf(customer, start, now),
    journeys: placed,
    lanes,
    moments: moments.map(({ time, data }) => ({
      at: ms(time),
      touchpoint: String(data?.touchpoint ?? ''),
      isFailure: data?.outcome !== undefined && data.outcome !== 'succeeded',
    })),
    satisfactions: satisfactionsOf(customer, now),
    promises: promises.map((promise) => ({
      promise,
      made: ms(promise.madeAt),
      due: ms(promise.dueAt),
      closed: promise.closedAt === null ? null : ms(promise.closedAt),
    })),
    purchases: ofType('purchase').map(({ time }) => ({ at: ms(time) })),
    complaints: complaints.map((complaint) => ({
      complaint,
      at: ms(complaint.raisedAt),
      until: complaint.resolvedAt === null ? now : ms(complaint.resolvedAt),
    })),
    silenceFrom,
    silenceMs: Math.max(0, now - silenceFrom),
    rhythmMs: rhythmOf([...journeyTimes, ...loose]),
  };
}

/** S at each move of the stage, and now. */
function satisfactionsOf({ history, satisfaction: s }: Customer, now: number): ToldBiography['satisfactions'] {
  return [...history, { at: now, satisfaction: s }].flatMap(({ at, satisfaction }) =>
    satisfaction === null ? [] : [{ at: typeof at === 'string' ? ms(at) : at, value: satisfaction }],
  );
}

function stagesOf({ history, stage }: Customer, start: number, now: number): ToldBiography['stages'] {
  const first = { stage: history[0]?.from ?? stage, from: start };
  const begun = [first, ...history.map(({ to, at }) => ({ stage: to, from: ms(at) }))];
  return begun.map((each, index) => ({ ...each, to: begun[index + 1]?.from ?? now }));
}

/** Journeys as bars, each in the first lane that is free at its begin. */
function inLanes(journeys: readonly Journey[], now: number) {
  const ends: number[] = [];
  const placed = journeys
    .map((journey) => ({
      journey,
      from: ms(journey.startedAt),
      to: journey.status === 'open' ? now : ms(journey.endedAt ?? journey.lastAt),
    }))
    .sort((a, b) => a.from - b.from)
    .map((bar) => {
      const free = ends.findIndex((end) => end <= bar.from);
      const lane = free >= 0 ? free : Math.min(ends.length, LANES_MAX - 1);
      ends[lane] = Math.max(ends[lane] ?? 0, bar.to);
      return { ...bar, lane };
    });
  return { placed, lanes: Math.max(1, ends.length) };
}

function rhythmOf(times: readonly number[]): number | null {
  const visits: number[] = [];
  for (const time of [...times].sort((a, b) => a - b)) {
    if (time - (visits.at(-1) ?? Number.NEGATIVE_INFINITY) >= DAY_MS) visits.push(time);
  }
  if (visits.length < VISITS_FOR_RHYTHM) return null;
  const gaps = visits
    .slice(1)
    .map((time, index) => time - (visits[index] ?? time))
    .sort((a, b) => a - b);
  const middle = Math.floor(gaps.length / 2);
  const upper = gaps[middle] ?? 0;
  return gaps.length % 2 === 1 ? upper : ((gaps[middle - 1] ?? 0) + upper) / 2;
}
