import type { Measures } from '@touchstone/journey';

/** The generation in force, and the measures of its rows. */
export interface Target {
  readonly generation: number;
  readonly measures: Measures;
}
