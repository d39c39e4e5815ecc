/**
 * Places where the text of the measurement admits two readings. Each is named here with the reading that the letter of
 * the text suggests most (the default below), so that a difference can be tried under the other one.
 */
export interface Readings {
  /** §4 "A journey begins with its first event": the first in the log, or the one with the least time. */
  readonly startedAt: 'first-in-log' | 'least-time';
  /** §6 "median gap between moments (given ≥ 4 moments)": recorded moments alone, or all that is scored (csat, ces too). */
  readonly gapsBetween: 'recorded-moments' | 'scored-events';
  /** §6 "silence": measured from `lastMoment` (csat and ces end it), or from the last recorded moment. */
  readonly silenceSince: 'last-moment' | 'last-recorded-moment';
  /** §6 relationship.ended "clears what this section carries": standing critical failures belong to journeys (§4), or to trust. */
  readonly endedRelationshipKeepsCriticalFailures: boolean;
  /** §6 `relationship.ended` of a customer at `none`: clears just as well, or does nothing. */
  readonly endedRelationshipClearsAtNone: boolean;
}

export const mostLiteral: Readings = {
  startedAt: 'first-in-log',
  gapsBetween: 'recorded-moments',
  silenceSince: 'last-moment',
  endedRelationshipKeepsCriticalFailures: true,
  endedRelationshipClearsAtNone: true,
};
