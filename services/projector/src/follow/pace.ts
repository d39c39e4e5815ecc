/**
 * Minimum time between live batches, because an insert costs the engine about the same for one row
 * as for a thousand. A longer pause would make lists stale, a shorter one would make queries wait
 * for the engine.
 */
export const PACE_MS = 150;
/** Larger Kafka batches are not paced. */
export const SMALL_BATCH = 1000;
