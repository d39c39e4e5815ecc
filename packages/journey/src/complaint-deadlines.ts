import { addDeadline, COMPLAINT_OPEN, type Deadline, removeFirst } from './deadlines.ts';
import { daysMs } from './instant.ts';
import type { Policy } from './policy.ts';
import type { ComplaintState, CustomerState } from './state.ts';

/**
 * Adds an open complaint to the heap, keyed by the time it was raised. Its deadline also depends on
 * the start of the stage, so it is computed when needed.
 */
export function awaitResolution(state: CustomerState, { id, raisedAt }: ComplaintState): void {
  state.openComplaints++;
  addDeadline(state.complaintsByAge, { at: raisedAt, kind: COMPLAINT_OPEN, id });
}

/** Counts an open complaint as resolved. */
export function noteResolution(state: CustomerState): void {
  state.openComplaints--;
  if (state.openComplaints === 0) state.complaintsByAge.length = 0;
}

/** The open complaint that was raised first; null if none is open. */
export function oldestComplaint(state: CustomerState): Deadline | null {
  const { complaintsByAge } = state;
  for (;;) {
    const first = complaintsByAge[0];
    if (first === undefined) return null;
    if (isOpen(state, first)) return first;
    removeFirst(complaintsByAge);
  }
}

/**
 * The time at which an open complaint first costs the affective stage; null if none is open. Among
 * several that were too old when the stage was entered the least id decides; that takes a scan of
 * all, but only once per stay, because the complaint ends the stage and must be resolved before the
 * stage is reached again.
 */
export function complaintDeadline(policy: Policy, state: CustomerState): Deadline | null {
  const oldest = oldestComplaint(state);
  if (oldest === null) return null;
  const patience = daysMs(policy.trust.complaintOpenDays);
  const since = state.trust.since!;
  let { id } = oldest;
  if (oldest.at + patience < since) {
    for (const other of state.complaintsByAge) {
      if (other.id < id && other.at + patience <= since && isOpen(state, other)) id = other.id;
    }
  }
  return { at: Math.max(oldest.at + patience, since), kind: COMPLAINT_OPEN, id };
}

function isOpen(state: CustomerState, { id }: Deadline): boolean {
  return state.complaints.get(id)!.resolvedAt === null;
}
