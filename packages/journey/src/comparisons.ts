/** Rounding tolerance of every comparison of a score, rating or S with a constant. */
export const EPSILON = 1e-9;

/** Whether a ≥ b, within rounding. */
export function atLeast(a: number, b: number): boolean {
  return a > b - EPSILON;
}

/** Whether a > b, beyond rounding. */
export function above(a: number, b: number): boolean {
  return a > b + EPSILON;
}
