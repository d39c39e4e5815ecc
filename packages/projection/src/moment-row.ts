import { type CustomerState, type JourneyEvent, type MomentScore, normalised, parseInstant } from '@touchstone/journey';
import type { MomentRow } from '@touchstone/read-models';

type Rating = Parameters<typeof normalised>[0];

type AnyData = {
  readonly [Name in
    | 'touchpoint'
    | 'channel'
    | 'outcome'
    | 'cause'
    | 'instrument'
    | 'comment'
    | 'promiseId'
    | 'complaintId'
    | 'currency'
    | 'kind']?: string;
} & {
  readonly dueAt?: string;
  readonly durationMs?: number;
  readonly effort?: Rating;
  readonly score?: Rating;
  readonly expectation?: Rating;
  readonly perception?: Rating;
  readonly ratings?: {
    readonly [Dimension in 'reliability' | 'assurance' | 'tangibles' | 'empathy' | 'responsiveness']?: Rating;
  };
  readonly accepted?: boolean;
  readonly amount?: number;
};

/**
 * The wide row of one event. `state` has already taken the event and provides its journey's type.
 */
export function momentRow(
  event: JourneyEvent,
  stored: { readonly position: bigint; readonly recordedAt: number },
  state: CustomerState,
  measured: MomentScore | null,
): MomentRow {
  const data = event.data as AnyData;
  const { journeyId, attributes, actor } = event.data;
  return {
    position: stored.position,
    recordedAt: stored.recordedAt,
    time: event.time,
    eventId: event.id,
    source: event.source,
    type: event.type,
    customerId: event.customerId,
    journeyId: journeyId ?? '',
    journeyType: journeyId === undefined ? '' : state.journeys.get(journeyId)!.type,
    touchpoint: data.touchpoint ?? '',
    channel: data.channel ?? '',
    outcome: data.outcome ?? '',
    cause: data.cause ?? '',
    verdict: measured?.verdict ?? '',
    expectation: measured?.expectation ?? null,
    perception: measured?.perception ?? null,
    score: measured?.score ?? null,
    weight: measured?.weight ?? null,
    durationMs: data.durationMs ?? null,
    effort: given(data.effort),
    ...ratingsGiven(event.type, data),
    instrument: data.instrument ?? '',
    feedbackScore: data.score === undefined ? null : feedbackScore(data.instrument, data.score),
    comment: data.comment ?? '',
    promiseId: data.promiseId ?? '',
    complaintId: data.complaintId ?? '',
    dueAt: data.dueAt === undefined ? null : instantOf(data.dueAt),
    amount: data.amount ?? null,
    currency: data.currency ?? '',
    ...(event.type === RECOVERY ? { recoveryKind: data.kind!, recoveryAccepted: data.accepted! } : NO_RECOVERY),
    actorId: actor?.id ?? '',
    actorTeam: actor?.team ?? '',
    actorSite: actor?.site ?? '',
    attributes: attributes ?? NO_ATTRIBUTES,
  };
}

/**
 * Ingest validates times, so an invalid one was written past it; the error parks this event instead
 * of stopping the projection.
 */
function instantOf(text: string): number {
  const instant = typeof text === 'string' ? parseInstant(text) : undefined;
  if (instant === undefined) throw new RangeError(`dueAt ${text} is no instant`);
  return instant;
}

const NONE = {} as AnyData;
const NO_ATTRIBUTES = {};

const MOMENT: JourneyEvent['type'] = 'touchstone.moment.recorded.v1';
const FEEDBACK: JourneyEvent['type'] = 'touchstone.feedback.given.v1';
const RECOVERY: JourneyEvent['type'] = 'touchstone.recovery.made.v1';

const NO_RECOVERY = { recoveryKind: '', recoveryAccepted: null };

/**
 * Ratings of moments and feedback alone: fields that a type does not know are stored with its
 * events, and may hold anything.
 */
function ratingsGiven(type: JourneyEvent['type'], data: AnyData) {
  const { ratings, perception } = type === MOMENT ? data : NONE;
  return {
    expectationGiven: type === MOMENT || type === FEEDBACK ? given(data.expectation) : null,
    perceptionGiven: given(perception),
    reliability: given(ratings?.reliability),
    assurance: given(ratings?.assurance),
    tangibles: given(ratings?.tangibles),
    empathy: given(ratings?.empathy),
    responsiveness: given(ratings?.responsiveness),
  };
}

/** A rating on 1..5; null where the event gives none. */
function given(rating: Rating | undefined): number | null {
  return rating === undefined ? null : normalised(rating);
}

/** csat and ces are 1..5 as given; nps is a plain number 0..10. */
function feedbackScore(instrument: string | undefined, score: Rating): number {
  return instrument === 'nps' ? (score as number) : normalised(score);
}
