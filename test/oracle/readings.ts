/**
 * Places where the text of the measurement admits two readings. Each is named here with the reading that the letter of
 * the text suggests most (the default below), so that a difference can be tried under the other one.
 *
 * Where the other reading is far-fetched it is not offered, only the choice is written down:
 * - The answer's `since` is null for who never left `none`; its `purchases` are those since the relationship last ended.
 * - "Purchases in the last 365 days" leaves out the one of exactly 365 days ago; the median of an even number is the middle mean.
 * - "Moments without a journey" are recorded moments; csat and ces end a silence, and are no visits.
 * - Each evaluation moves one step. Who still meets a loss of the lower stage waits there for the next event or deadline of any kind.
 * - Of closings that overtook a promise the first alone is remembered: a late first one hides a timely second one. "As if
 *   unclosed" ends in `broken`, not in `kept-late`.
 * - A resolution that overtook its complaint recovers the touchpoint when the complaint is raised; a second resolution recovers nothing.
 * - A journey ended when the first completing or abandoning event in the log says, even if a later one names an earlier time.
 * - A standing failure's greatest time is that of the failures since the last recovery.
 * - `abandonAfterDays` may make a deadline between two milliseconds. It is taken as it is, since no rounding is named.
 */
export interface Readings {
  /** §6 relationship.ended "clears what this section carries": standing critical failures belong to journeys (§4), or to trust. */
  readonly endedRelationshipKeepsCriticalFailures: boolean;
  /** §6 `relationship.ended` of a customer at `none`: clears just as well, or does nothing. */
  readonly endedRelationshipClearsAtNone: boolean;
}

export const mostLiteral: Readings = {
  endedRelationshipKeepsCriticalFailures: true,
  endedRelationshipClearsAtNone: true,
};
