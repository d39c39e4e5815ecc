import { milliseconds } from '../../engine/sql-time.ts';
import { EPSILON } from '../../queries/conditions.ts';

/** SQL over rows of `complaints`, for reports and measures. */

/** When it was answered: at the least time of all replies and of the resolution. */
const ANSWERED_AT =
  'multiIf(answered_at IS NULL, resolved_at, resolved_at IS NULL, answered_at, least(answered_at, resolved_at))';

const DISTANCE_MS = `${milliseconds(ANSWERED_AT)} - ${milliseconds('raised_at')}`;

/** How long the answer took, ms; NULL while there is none. News may overtake the complaint. */
export const MS_TO_ANSWER = `if(${DISTANCE_MS} < 0, 0, ${DISTANCE_MS})`;

export const IS_RESOLVED = 'resolved_at IS NOT NULL';

/** Raised `{within:Int64}` ms ago or before, so that it could have been answered within these. */
export const COULD_BE_ANSWERED = `${milliseconds('raised_at')} <= {now:Int64} - {within:Int64}`;
export const IS_ANSWERED_WITHIN = `ifNull(${MS_TO_ANSWER} <= {within:Int64}, false)`;

/** Satisfaction of the resolution, else of the first follow-up that tells one. */
export const SATISFACTION = 'ifNull(satisfaction, follow_up_satisfaction)';

/** Ratings of this and more are those of satisfied customers. */
export const SATISFYING = 4;
export const isSatisfying = (rating: string) => `ifNull(${rating} > ${SATISFYING} - ${EPSILON}, false)`;
