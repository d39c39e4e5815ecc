import { ANNOUNCER, announcementEvent } from './announcement-event.ts';
import type { Announcement } from './changes.ts';
import type { JourneyEvent } from './events.ts';
import type { MomentScore, Verdict } from './moment-score.ts';
import { type CustomerState, type PromiseState, promiseKey, type Stage, type TrustReason } from './state.ts';

/**
 * One thing that happened in a journey or moved its score, or a change of its customer's stage,
 * with its effect on the score.
 */
export interface TimelineEntry {
  /** Id of the published event; for a change, the id and source of its announcement. */
  readonly eventId: string;
  readonly source: string;
  /** `touchstone.….v1` for a published event, `touchstone.change.….v1` for an announced change. */
  readonly type: string;
  /**
   * ms since 1970: an event's time, a passed deadline, or the customer's clock at a stage change.
   */
  readonly at: number;
  /**
   * Order in which the entries took effect, from 0: an event that arrived late comes after events
   * that happened later.
   */
  readonly order: number;
  /** True if time alone caused it: nobody published it. */
  readonly isFallenDue: boolean;
  /** True if it came from outside the journey: from an event that names another journey or none. */
  readonly isOutside: boolean;
  readonly touchpoint: string | null;
  readonly channel: string | null;
  readonly outcome: string | null;
  readonly verdict: Verdict | null;
  /** Score of the event itself; null if it has none. */
  readonly score: number | null;
  /**
   * Score of the journey, before and after. In the sequence of `order`, each entry starts with the
   * score that the previous one left.
   */
  readonly scoreBefore: number | null;
  readonly scoreAfter: number | null;
  /** The instrument of a feedback. */
  readonly instrument?: 'csat' | 'ces' | 'nps';
  readonly promiseId?: string;
  readonly complaintId?: string;
  /** True if the promise is one that the definition expects. */
  readonly expected?: true;
  /** The touchpoints that are expected since this event. */
  readonly expects?: readonly ExpectedPromise[];
  /** The stages of a stage change. */
  readonly from?: Stage;
  readonly to?: Stage;
  readonly because?: TrustReason;
}

/** A promise that the definition made, as it stands now. Times in ms. */
export interface ExpectedPromise extends Pick<PromiseState, 'counts' | 'dueAt' | 'state' | 'closedAt'> {
  readonly promiseId: string;
  readonly touchpoint: string;
}

export function expectedPromiseOf({ id, touchpoint, counts, dueAt, state, closedAt }: PromiseState): ExpectedPromise {
  return { promiseId: id, touchpoint: touchpoint!, dueAt, counts, state, closedAt };
}

/** An entry's order, and the journey's score before and after it. */
interface Place {
  readonly order: number;
  readonly before: number | null;
  readonly after: number | null;
}

export function entryOfEvent(
  event: JourneyEvent,
  measured: MomentScore | null,
  { order, before, after, isOutside }: Place & { readonly isOutside: boolean },
): TimelineEntry {
  const data = event.data as { channel?: string; outcome?: string; promiseId?: string; complaintId?: string };
  const { promiseId, complaintId } = data;
  return {
    eventId: event.id,
    source: event.source,
    type: event.type,
    at: event.time,
    order,
    isFallenDue: false,
    isOutside,
    touchpoint: touchpointOfEvent(event),
    channel: data.channel ?? null,
    outcome: data.outcome ?? null,
    verdict: measured?.verdict ?? null,
    score: measured?.score ?? null,
    scoreBefore: before,
    scoreAfter: after,
    ...(event.type === 'touchstone.feedback.given.v1' ? { instrument: event.data.instrument } : {}),
    ...(promiseId === undefined ? {} : { promiseId }),
    ...(complaintId === undefined ? {} : { complaintId }),
  };
}

/** The entry of an announcement: a breach, an end, a stage change. */
export function entryOfChange(
  state: CustomerState,
  announcement: Announcement,
  { order, before, after, isOurs, isFallenDue }: Place & { readonly isOurs: boolean; readonly isFallenDue: boolean },
): TimelineEntry {
  const { id, type } = announcementEvent(state.customerId, announcement, isFallenDue);
  const promise = announcement.kind === 'promise-broken' ? promiseOf(state, announcement) : undefined;
  return {
    eventId: id,
    source: ANNOUNCER,
    type,
    at: announcement.at,
    order,
    isFallenDue,
    isOutside: !isOurs,
    touchpoint: promise?.touchpoint ?? null,
    channel: null,
    outcome: null,
    verdict: null,
    score: null,
    scoreBefore: before,
    scoreAfter: after,
    ...(promise === undefined ? {} : { promiseId: promise.id }),
    ...(promise?.isExpected ? { expected: true } : {}),
    ...(announcement.kind === 'trust-changed' ? stepOf(announcement) : {}),
  };
}

function promiseOf(
  { promises }: CustomerState,
  { promiseId: id, expected }: Extract<Announcement, { kind: 'promise-broken' }>,
): PromiseState {
  return promises.get(promiseKey({ id, isExpected: expected === true }))!;
}

function stepOf({ from, to, because }: Extract<Announcement, { kind: 'trust-changed' }>) {
  return { from, to, because };
}

export function touchpointOfEvent(event: JourneyEvent): string | null {
  return (event.data as { touchpoint?: string }).touchpoint ?? null;
}

/** The instrument of a scored feedback; null for a moment. */
export function instrumentOf(event: JourneyEvent): 'csat' | 'ces' | null {
  if (event.type !== 'touchstone.feedback.given.v1' || event.data.instrument === 'nps') return null;
  return event.data.instrument;
}
