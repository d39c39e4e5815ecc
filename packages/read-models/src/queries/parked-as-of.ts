/**
 * An event that was set aside and taken by a retry has a row in `parked` that says so, and a moment. Both are written with the retry's batch, the moment
 * last, and so may be there before its checkpoint is: whoever counts up to a position counts the event as what it is there.
 */

/** In SQL, of a row of `parked FINAL`: whether the event is set aside, seen from a position (SQL). */
export function isParkedAsOf(position: string): string {
  return `(retried_at = 0 OR retried_at > ${position})`;
}

/** In SQL, of a row of `moments`: whether no retry beyond a position (SQL, in terms of `parked`) wrote it. */
export function isMomentAsOf(position: string): string {
  return `position NOT IN (SELECT parked.position FROM {database:Identifier}.parked FINAL WHERE retried_at > ${position})`;
}
