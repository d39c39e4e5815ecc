/** Frequent enough to look live, rare enough that many open tabs are no load. */
export const refreshMs = 5000;
