import { definitionsByType, type Measures, policyV1 } from '../src/index.ts';

/**
 * Rules with one journey type, `cursed`, that cannot score: scored events of such a journey are
 * refused.
 */
export const cursedMeasures: Measures = {
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
