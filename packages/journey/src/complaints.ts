import type { Changes } from './changes.ts';
import { atLeast } from './comparisons.ts';
import { awaitResolution, noteResolution } from './complaint-deadlines.ts';
import type { ComplaintRaised } from './event-types/complaint-raised.ts';
import { addIncident } from './incidents.ts';
import { recover } from './journey-life.ts';
import {
  type ComplaintState,
  type CustomerState,
  type EarlyComplaintNews,
  type JourneyState,
  type MeasurementRules,
  openingOf,
} from './state.ts';

type Resolution = NonNullable<EarlyComplaintNews['resolution']>;

export function raiseComplaint(
  measures: MeasurementRules,
  state: CustomerState,
  event: { readonly time: number; readonly data: ComplaintRaised },
  journey: JourneyState | undefined,
  changes: Changes,
): void {
  const { complaintId, touchpoint, channel, severity } = event.data;
  if (state.complaints.has(complaintId)) return;
  const early = state.earlyComplaintNews.get(complaintId);
  state.earlyComplaintNews.delete(complaintId);
  const complaint: ComplaintState = {
    id: complaintId,
    journeyId: journey?.id ?? null,
    touchpoint: touchpoint ?? null,
    channel: channel ?? null,
    severity: severity ?? null,
    opening: openingOf(event.data),
    raisedAt: event.time,
    answeredAt: early?.answeredAt ?? null,
    followedUpAt: early?.followedUpAt ?? null,
    resolvedAt: null,
    firstContact: null,
    satisfaction: null,
    followUpSatisfaction: early?.followUpSatisfaction ?? null,
  };
  state.complaints.set(complaintId, complaint);
  awaitResolution(state, complaint);
  if (journey !== undefined) journey.openComplaints++;
  addIncident(measures.policy, state, event.time);
  changes.complaints.add(complaintId);
  if (early?.resolution != null) resolveComplaint(state, complaint, early.resolution, changes);
}

/** The complaint that news is about, or the news that waits for a complaint not raised yet. */
export function complaintNews(
  state: CustomerState,
  complaintId: string,
  changes: Changes,
): Pick<ComplaintState, 'answeredAt' | 'followedUpAt' | 'followUpSatisfaction'> {
  const complaint = state.complaints.get(complaintId);
  if (complaint === undefined) return earlyNewsOf(state, complaintId);
  changes.complaints.add(complaintId);
  return complaint;
}

/** Resolves a complaint; the first resolution counts. */
export function resolveByNews(
  state: CustomerState,
  complaintId: string,
  resolution: Resolution,
  changes: Changes,
): void {
  const complaint = state.complaints.get(complaintId);
  if (complaint === undefined) {
    earlyNewsOf(state, complaintId).resolution ??= resolution;
    return;
  }
  changes.complaints.add(complaintId);
  if (complaint.resolvedAt === null) resolveComplaint(state, complaint, resolution, changes);
}

function earlyNewsOf(state: CustomerState, complaintId: string) {
  let news = state.earlyComplaintNews.get(complaintId);
  if (news === undefined) {
    news = { answeredAt: null, followedUpAt: null, followUpSatisfaction: null, resolution: null };
    state.earlyComplaintNews.set(complaintId, news);
  }
  return news;
}

/**
 * A resolution with at least this satisfaction recovers the critical failure that the complaint
 * named.
 */
const RECOVERING_SATISFACTION = 4;

function resolveComplaint(
  state: CustomerState,
  complaint: ComplaintState,
  resolution: Resolution,
  changes: Changes,
): void {
  complaint.resolvedAt = resolution.at;
  complaint.satisfaction = resolution.satisfaction;
  complaint.firstContact = resolution.firstContact;
  noteResolution(state);
  if (complaint.journeyId === null) return;
  const journey = state.journeys.get(complaint.journeyId)!;
  journey.openComplaints--;
  changes.journeys.add(journey.id);
  const satisfied = resolution.satisfaction !== null && atLeast(resolution.satisfaction, RECOVERING_SATISFACTION);
  if (satisfied && complaint.touchpoint !== null) recover(state, journey, complaint.touchpoint);
}
