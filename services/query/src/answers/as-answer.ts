import {
  type CustomerPage,
  type CustomerSummary,
  formatInstant,
  type JourneyPage,
  type JourneySummary,
  type Level,
  levels,
} from '@touchstone/journey';
import type {
  ComplaintItem,
  CustomerItem,
  FailureRate,
  JourneyItem,
  Overview,
  PromiseItem,
  TrustChangeItem,
} from '@touchstone/read-models';
import type { z } from 'zod';
import type { RecordedLeap } from '../ledgers/clock-ledger.ts';
import type * as answers from './answers.ts';

/** What is known, as it is answered: times as text, what is missing as null, and the fields of the public surface alone. */

type Answer<Schema extends z.ZodType> = z.input<Schema>;

export function clockAnswer(
  now: number,
  offByMs: number,
  leaps: readonly RecordedLeap[],
): Answer<typeof answers.clockAnswer> {
  return { now: formatInstant(now), offByMs, leaps: leaps.map((leap) => ({ ...leap, at: formatInstant(leap.at) })) };
}

export function journeySummary(journey: JourneySummary): Answer<typeof answers.journeySummary> {
  return {
    id: journey.id,
    type: journey.type,
    customerId: journey.customerId,
    status: journey.status,
    startedAt: formatInstant(journey.startedAt),
    lastAt: formatInstant(journey.lastAt),
    endedAt: maybeInstant(journey.endedAt),
    score: journey.score,
    level: journey.level,
    moments: journey.moments,
    failures: journey.failures,
    brokenPromises: journey.brokenPromises,
    promisesKeptLate: journey.promisesKeptLate,
    openComplaints: journey.openComplaints,
  };
}

export function journeyAnswer(
  journey: JourneyPage,
  parkedEvents: number,
  nextCursor: string | null,
): Answer<typeof answers.journeyAnswer> {
  const { moments, otherMoments, adjustments, cap, score } = journey.explanation;
  return {
    ...journeySummary(journey),
    explanation: {
      moments: moments.map((moment) => ({
        eventId: moment.eventId,
        touchpoint: moment.touchpoint,
        instrument: moment.instrument,
        at: formatInstant(moment.at),
        expectation: moment.expectation,
        perception: moment.perception,
        verdict: moment.verdict,
        score: moment.score,
        weight: moment.weight,
        share: moment.share,
      })),
      otherMoments,
      adjustments: [...adjustments],
      cap,
      score,
    },
    timeline: journey.timeline.map((entry) => ({ ...entry, at: formatInstant(entry.at) })),
    total: journey.total,
    nextCursor,
    ...parked(parkedEvents),
  };
}

// Rows of lists are spelled out: spreading each of 500 costs more than the rest of the answer.
export function journeyItem(row: JourneyItem): Answer<typeof answers.journeySummary> {
  return {
    id: row.journeyId,
    type: row.type,
    customerId: row.customerId,
    status: row.status,
    startedAt: formatInstant(row.startedAt),
    lastAt: formatInstant(row.lastAt),
    endedAt: maybeInstant(row.endedAt),
    score: row.score,
    level: row.level === '' ? null : (row.level as Level),
    moments: row.moments,
    failures: row.failures,
    brokenPromises: row.brokenPromises,
    promisesKeptLate: row.promisesKeptLate,
    openComplaints: row.openComplaints,
  };
}

export function customerSummary(customer: CustomerSummary): Answer<typeof answers.customerSummary> {
  return {
    id: customer.id,
    stage: customer.stage,
    since: maybeInstant(customer.since),
    satisfaction: customer.satisfaction,
    satisfiedMoments: customer.satisfiedMoments,
    delights: customer.delights,
    purchases: customer.purchases,
    loyalty: customer.loyalty,
    quietlyLeaving: customer.quietlyLeaving,
  };
}

export function customerAnswer(
  customer: CustomerPage,
  parkedEvents: number,
  nextCursor: string | null,
): Answer<typeof answers.customerAnswer> {
  const { history, journeys, next } = customer;
  return {
    ...customerSummary(customer),
    history: history.map(trustChange),
    journeys: journeys.map(journeySummary),
    next:
      next === null
        ? null
        : {
            stage: next.stage,
            missing: next.missing.map(({ requirement, have, need, comparison }) => ({
              requirement,
              have,
              need,
              comparison,
            })),
          },
    total: customer.total,
    nextCursor,
    ...parked(parkedEvents),
  };
}

export function customerItem(row: CustomerItem): Answer<typeof answers.customerSummary> {
  return {
    id: row.customerId,
    stage: row.stage,
    since: maybeInstant(row.since),
    satisfaction: row.satisfaction,
    satisfiedMoments: row.satisfiedMoments,
    delights: row.delights,
    purchases: row.purchases,
    loyalty: row.loyalty,
    quietlyLeaving: row.quietlyLeaving,
  };
}

type AnyTrustChange = Omit<TrustChangeItem, 'customerId' | 'ordinal'>;
type TrustChangeAnswer = Answer<typeof answers.customerAnswer>['history'][number];

export function trustChange({ from, to, at, because, satisfaction }: AnyTrustChange): TrustChangeAnswer {
  return { from, to, at: formatInstant(at), because, satisfaction } as TrustChangeAnswer;
}

export function customerTrustChange(
  change: AnyTrustChange & { readonly customerId: string },
): Answer<typeof answers.customerTrustChange> {
  return { customerId: change.customerId, ...trustChange(change) };
}

type FailureRateAnswer = Answer<typeof answers.failureRatesAnswer>['rows'][number];

export function failureRate(row: FailureRate): FailureRateAnswer {
  const answer: Record<string, string | number | null> = {};
  for (const name of Object.keys(row.dimensions)) answer[name] = row.dimensions[name]!;
  answer.bucket = maybeInstant(row.bucket);
  answer.moments = row.moments;
  answer.failures = row.failures;
  answer.rate = row.rate;
  answer.low = row.low;
  answer.high = row.high;
  return answer as FailureRateAnswer;
}

/** From the best to the worst, and then what is not scored. */
const LEVELS = [...levels, ''] as const;

export function overviewAnswer(now: number, overview: Overview): Answer<typeof answers.overviewAnswer> {
  const byLevel = new Map<string, number>();
  const byStatus = { open: 0, completed: 0, abandoned: 0 };
  for (const { level, status, journeys } of overview.journeysByLevel) {
    byLevel.set(level, (byLevel.get(level) ?? 0) + journeys);
    byStatus[status as keyof typeof byStatus] += journeys;
  }
  const stages = overview.customersByStage.map(({ stage, customers }) => [stage, customers]);
  const states = overview.promisesByState.map(({ state, promises }) => [state, promises]);
  return {
    now: formatInstant(now),
    customersByStage: { none: 0, cognitive: 0, affective: 0, behavioural: 0, ...Object.fromEntries(stages) },
    journeysByLevel: LEVELS.flatMap((level) => {
      const journeys = byLevel.get(level);
      return journeys === undefined ? [] : [{ level, journeys }];
    }),
    journeysByStatus: byStatus,
    promisesByState: {
      open: 0,
      kept: 0,
      'kept-late': 0,
      broken: 0,
      withdrawn: 0,
      ...Object.fromEntries(states),
    },
    latestTrustChanges: overview.latestTrustChanges.map(customerTrustChange),
  };
}

export function promiseItem(row: PromiseItem): Answer<typeof answers.promiseItem> {
  return {
    id: row.promiseId,
    customerId: row.customerId,
    journeyId: maybeText(row.journeyId),
    journeyType: maybeText(row.journeyType),
    touchpoint: maybeText(row.touchpoint),
    what: maybeText(row.what),
    madeAt: formatInstant(row.madeAt),
    dueAt: formatInstant(row.dueAt),
    state: row.state,
    closedAt: maybeInstant(row.closedAt),
  };
}

export function complaintItem(row: ComplaintItem): Answer<typeof answers.complaintItem> {
  return {
    id: row.complaintId,
    customerId: row.customerId,
    journeyId: maybeText(row.journeyId),
    journeyType: maybeText(row.journeyType),
    touchpoint: maybeText(row.touchpoint),
    channel: maybeText(row.channel),
    severity: maybeText(row.severity),
    raisedAt: formatInstant(row.raisedAt),
    answeredAt: maybeInstant(row.answeredAt),
    resolvedAt: maybeInstant(row.resolvedAt),
    followedUpAt: maybeInstant(row.followedUpAt),
    firstContact: row.firstContact,
    satisfaction: row.satisfaction,
  };
}

export function maybeInstant(time: number | null): string | null {
  return time === null ? null : formatInstant(time);
}

function maybeText(text: string): string | null {
  return text === '' ? null : text;
}

export function parked(parkedEvents: number): { parkedEvents?: number } {
  return parkedEvents === 0 ? {} : { parkedEvents };
}
