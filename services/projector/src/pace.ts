/** An insert costs the engine about the same whether it holds one row or hundreds: small batches are begun no faster than this. */
export const PACE_MS = 80;
export const SMALL_BATCH = 1000;
