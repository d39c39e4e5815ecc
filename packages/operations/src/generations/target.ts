import type { MeasurementRules } from '@touchstone/journey';

/** The generation in force, and the measures of its rows. */
export interface Target {
  readonly generation: number;
  readonly measures: MeasurementRules;
}
