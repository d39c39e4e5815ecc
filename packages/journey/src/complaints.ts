import type { Changes } from './changes.ts';
import { atLeast } from './comparisons.ts';
import { awaitResolution, noteResolution } from './complaint-deadlines.ts';
import type { EventOf } from './events.ts';
import { normalised } from './fields.ts';
import { addIncident } from './incidents.ts';
import { recover } from './journey-life.ts';
import type { ComplaintState, CustomerState, JourneyState, Measures } from './state.ts';

export function raiseComplaint(
  measures: Measures,
  state: CustomerState,
  event: EventOf<'touchstone.complaint.raised.v1'>,
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
    raisedAt: event.time,
    answeredAt: early?.answeredAt ?? null,
    followedUpAt: early?.followedUpAt ?? null,
    resolvedAt: null,
    firstContact: null,
    satisfaction: null,
  };
  state.complaints.set(complaintId, complaint);
  awaitResolution(state, complaint);
  if (journey !== undefined) journey.openComplaints++;
  addIncident(measures.policy, state, event.time);
  changes.complaints.add(complaintId);
  if (early?.resolution != null) resolveComplaint(state, complaint, early.resolution, changes);
}

export function applyComplaintNews(
  state: CustomerState,
  event:
    | EventOf<'touchstone.complaint.answered.v1'>
    | EventOf<'touchstone.complaint.followed-up.v1'>
    | EventOf<'touchstone.complaint.resolved.v1'>,
  changes: Changes,
): void {
  const { complaintId } = event.data;
  const complaint = state.complaints.get(complaintId);
  const news = complaint ?? earlyNewsOf(state, complaintId);
  if (complaint !== undefined) changes.complaints.add(complaintId);
  switch (event.type) {
    case 'touchstone.complaint.answered.v1':
      news.answeredAt ??= event.time;
      break;
    case 'touchstone.complaint.followed-up.v1':
      news.followedUpAt ??= event.time;
      break;
    case 'touchstone.complaint.resolved.v1': {
      const { satisfaction, firstContact } = event.data;
      const resolution = {
        at: event.time,
        satisfaction: satisfaction === undefined ? null : normalised(satisfaction),
        firstContact: firstContact ?? null,
      };
      if (complaint === undefined) earlyNewsOf(state, complaintId).resolution ??= resolution;
      else if (complaint.resolvedAt === null) resolveComplaint(state, complaint, resolution, changes);
      break;
    }
  }
}

function earlyNewsOf(state: CustomerState, complaintId: string) {
  let news = state.earlyComplaintNews.get(complaintId);
  if (news === undefined) {
    news = { answeredAt: null, followedUpAt: null, resolution: null };
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
  resolution: { readonly at: number; readonly satisfaction: number | null; readonly firstContact: boolean | null },
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
