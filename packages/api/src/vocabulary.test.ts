import * as domain from '@touchstone/journey';
import { expect, expectTypeOf, test } from 'vitest';
import * as words from './vocabulary.ts';

test('the words of the API are those of the measurement', () => {
  expect(words.stages).toEqual(domain.stages);
  expect(words.levels).toEqual(domain.levels);
  expect(words.deviationKinds).toEqual(domain.deviationKinds);
  expectTypeOf<words.Loyalty>().toEqualTypeOf<domain.Loyalty>();
  expectTypeOf<words.Verdict>().toEqualTypeOf<domain.Verdict>();
  expectTypeOf<words.JourneyStatus>().toEqualTypeOf<domain.JourneySummary['status']>();
  expectTypeOf<words.PromiseState>().toEqualTypeOf<domain.PromiseState['state']>();
  expectTypeOf<words.AdjustmentKind>().toEqualTypeOf<domain.Adjustment['kind']>();
  expectTypeOf<words.ScoredInstrument>().toEqualTypeOf<NonNullable<domain.ScoredEvent['instrument']>>();
  expectTypeOf<words.RequirementComparison>().toEqualTypeOf<domain.Requirement['comparison']>();
});
