/**
 * Points where the text of the measurement allows two readings; each option names one, and the
 * default below is the most literal reading, so that a difference can be tested under the other
 * one. Where the other reading is far-fetched there is no option, only this record of the choice:
 *
 * * an answer's `since` is null for a customer who never left `none`; its `purchases` are those
 *   since the relationship last ended;
 * * "purchases in the last 365 days" excludes a purchase exactly 365 days ago; the median of an
 *   even number is the mean of the two in the middle;
 * * "moments without a journey" are recorded moments; csat and ces end a silence, and are no
 *   visits;
 * * each evaluation moves one step: a customer who still meets a loss of the lower stage stays
 *   there until the next event or deadline of any kind;
 * * of several closings that arrived before their promise only the first is remembered, so a late
 *   first one hides a timely second one; "as if unclosed" ends in `broken`, not in `kept-late`;
 * * a resolution that arrived before its complaint recovers the touchpoint when the complaint is
 *   raised; a second resolution recovers nothing;
 * * a journey ended at the time of the first completing or abandoning event in the log, even if a
 *   later one names an earlier time;
 * * the greatest time of a standing failure is that of the failures since the last recovery;
 * * `abandonAfterDays` may put a deadline between two milliseconds; it is not rounded, since the
 *   text names no rounding.
 */
export interface Readings {
  /**
   * §6 relationship.ended "clears what this section carries": whether standing critical failures
   * belong to journeys (§4) or to trust.
   */
  readonly endedRelationshipKeepsCriticalFailures: boolean;
  /**
   * §6 `relationship.ended` of a customer at `none`: whether it clears as well, or does nothing.
   */
  readonly endedRelationshipClearsAtNone: boolean;
}

export const mostLiteral: Readings = {
  endedRelationshipKeepsCriticalFailures: true,
  endedRelationshipClearsAtNone: true,
};
