/**
 * A parked event that a retry took has a row in `parked` with the retry's position, and a moment.
 * The retry's batch writes both, the moment last, possibly before the checkpoint; so a count up to
 * a position needs these conditions.
 */

/**
 * SQL condition on a row of `parked FINAL`: whether the event was parked as of a position (an SQL
 * expression).
 */
export function isParkedAsOf(position: string): string {
  return `(retried_at = 0 OR retried_at > ${position})`;
}

/**
 * SQL condition on a row of `moments`: false if a retry beyond a position (an SQL expression that
 * may use columns of `parked`) wrote it.
 */
export function isMomentAsOf(position: string): string {
  return `position NOT IN (SELECT parked.position FROM {database:Identifier}.parked FINAL WHERE retried_at > ${position})`;
}
