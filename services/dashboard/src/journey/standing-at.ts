import type { Complaints, Journey, Promises, Stage } from '@touchstone/api';

type Promise = Promises['items'][number];
type Complaint = Complaints['items'][number];

const isBy = (at: string | null, asOf: string): boolean => at !== null && Date.parse(at) <= Date.parse(asOf);

/** A promise as it stood at a time; null if it was not made by then. */
export function promiseAt(promise: Promise, asOf: string | undefined): Promise | null {
  if (asOf === undefined) return promise;
  if (!isBy(promise.madeAt, asOf)) return null;
  if (isBy(promise.closedAt, asOf)) return promise;
  // In time is also a closing exactly when it is due.
  const isOverdue = Date.parse(promise.dueAt) < Date.parse(asOf);
  return { ...promise, state: isOverdue ? 'broken' : 'open', closedAt: null };
}

/** A complaint as it stood at a time; null if it was not raised by then. */
export function complaintAt(complaint: Complaint, asOf: string | undefined): Complaint | null {
  if (asOf === undefined || isBy(complaint.resolvedAt, asOf)) return complaint;
  return isBy(complaint.raisedAt, asOf) ? { ...complaint, resolvedAt: null } : null;
}

/** The customer's stage at a time, by the moves that the journey tells; null without any. */
export function stageAt({ timeline }: Pick<Journey, 'timeline'>, asOf: string | undefined): Stage | null {
  const moves = timeline.filter(({ to }) => to !== undefined).sort((a, b) => a.order - b.order);
  const before = asOf === undefined ? moves : moves.filter(({ at }) => isBy(at, asOf));
  return before.at(-1)?.to ?? moves[0]?.from ?? null;
}
