/** Scores, ratings and S are compared with constants up to rounding: every comparison allows this much. */
export const EPSILON = 1e-9;

/** a ≥ b */
export function atLeast(a: number, b: number): boolean {
  return a > b - EPSILON;
}

/** a > b */
export function above(a: number, b: number): boolean {
  return a > b + EPSILON;
}
