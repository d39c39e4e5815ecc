/** Often enough to feel alive, seldom enough that a wall of open tabs is no load. */
export const refreshMs = 5000;
