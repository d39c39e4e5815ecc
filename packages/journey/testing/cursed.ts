import { definitionsByType, type MeasurementRules, policyV1 } from '../src/index.ts';

/**
 * Rules with one journey type, `cursed`, that cannot score: scored events of such a journey are
 * refused.
 */
export const cursedMeasures: MeasurementRules = {
  policy: policyV1,
  definitions: definitionsByType([
    { type: 'order' },
    {
      type: 'cursed',
      get touchpoints(): never {
        throw new Error('a definition that cannot be read');
      },
    },
  ]),
};
