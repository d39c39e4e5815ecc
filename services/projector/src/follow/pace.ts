/**
 * Where the log is followed, batches are ended no faster than this: an insert costs the engine about the same whether it holds one row or a thousand. Longer, and lists show
 * later what was published; shorter, and questions wait for the engine.
 */
export const PACE_MS = 150;
/** What Kafka brings in larger pieces is not held up. */
export const SMALL_BATCH = 1000;
