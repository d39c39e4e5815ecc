import { ANNOUNCER, announcementEvent } from './announcement-event.ts';
import type { Announcement } from './changes.ts';
import type { JourneyEvent } from './events.ts';
import type { Measured, Verdict } from './moment-score.ts';
import type { CustomerState, Stage, TrustReason } from './state.ts';

/** One thing that happened in a journey or moved its score, or a change of its customer's stage; with what it did to the score. */
export interface TimelineEntry {
  /** Of the published event; of a change: the id and source under which it is announced. */
  readonly eventId: string;
  readonly source: string;
  /** `touchstone.….v1` of a published event, `touchstone.change.….v1` of what came about. */
  readonly type: string;
  /** ms: of an event its time, of what fell due its deadline, of a change of stage the customer's clock. */
  readonly at: number;
  /** From 0, in the order in which they took effect: late news comes behind what happened after it. */
  readonly order: number;
  /** It came about with time alone: nobody published it. */
  readonly isFallenDue: boolean;
  /** It came from outside of the journey: by an event that names another journey, or none. */
  readonly isOutside: boolean;
  readonly touchpoint: string | null;
  readonly channel: string | null;
  readonly outcome: string | null;
  readonly verdict: Verdict | null;
  /** Of the event itself; null where it is not scored. */
  readonly score: number | null;
  /** Of the journey, before and after. In `order`, what one leaves behind is what the next one finds. */
  readonly scoreBefore: number | null;
  readonly scoreAfter: number | null;
  /** Of feedback. */
  readonly instrument?: 'csat' | 'ces' | 'nps';
  readonly promiseId?: string;
  readonly complaintId?: string;
  /** Of a change of stage. */
  readonly from?: Stage;
  readonly to?: Stage;
  readonly because?: TrustReason;
}

/** Where an entry stands, and the journey's score on both sides of it. */
interface Place {
  readonly order: number;
  readonly before: number | null;
  readonly after: number | null;
}

export function entryOfEvent(
  event: JourneyEvent,
  measured: Measured | null,
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

/** What was announced: a breach, an end, a change of stage. */
export function entryOfChange(
  state: CustomerState,
  announcement: Announcement,
  { order, before, after, isOurs, isFallenDue }: Place & { readonly isOurs: boolean; readonly isFallenDue: boolean },
): TimelineEntry {
  const { id, type } = announcementEvent(state.customerId, announcement, isFallenDue);
  const promise = announcement.kind === 'promise-broken' ? state.promises.get(announcement.promiseId)! : undefined;
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
    ...(announcement.kind === 'trust-changed' ? stepOf(announcement) : {}),
  };
}

function stepOf({ from, to, because }: Extract<Announcement, { kind: 'trust-changed' }>) {
  return { from, to, because };
}

export function touchpointOfEvent(event: JourneyEvent): string | null {
  return (event.data as { touchpoint?: string }).touchpoint ?? null;
}

/** Of feedback that is scored; null of a moment. */
export function instrumentOf(event: JourneyEvent): 'csat' | 'ces' | null {
  if (event.type !== 'touchstone.feedback.given.v1' || event.data.instrument === 'nps') return null;
  return event.data.instrument;
}
