import { type CustomerState, type JourneyEvent, type Measured, normalised, parseInstant } from '@touchstone/journey';
import type { MomentRow } from '@touchstone/read-models';

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
    | 'currency']?: string;
} & {
  readonly dueAt?: string;
  readonly durationMs?: number;
  readonly effort?: Parameters<typeof normalised>[0];
  readonly score?: Parameters<typeof normalised>[0];
  readonly amount?: number;
};

/**
 * The wide row of one event. `state` has already taken the event and provides its journey's type.
 */
export function momentRow(
  event: JourneyEvent,
  stored: { readonly position: bigint; readonly recordedAt: number },
  state: CustomerState,
  measured: Measured | null,
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
    effort: data.effort === undefined ? null : normalised(data.effort),
    instrument: data.instrument ?? '',
    feedbackScore: data.score === undefined ? null : feedbackScore(data.instrument, data.score),
    comment: data.comment ?? '',
    promiseId: data.promiseId ?? '',
    complaintId: data.complaintId ?? '',
    dueAt: data.dueAt === undefined ? null : instantOf(data.dueAt),
    amount: data.amount ?? null,
    currency: data.currency ?? '',
    actorId: actor?.id ?? '',
    actorTeam: actor?.team ?? '',
    actorSite: actor?.site ?? '',
    attributes: attributes ?? NONE,
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

/** csat and ces are 1..5 as given; nps is a plain number 0..10. */
function feedbackScore(instrument: string | undefined, score: Parameters<typeof normalised>[0]): number {
  return instrument === 'nps' ? (score as number) : normalised(score);
}

const NONE = {};
