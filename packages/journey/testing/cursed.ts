import { definitionsByType, type Measures, policyV1 } from '../src/index.ts';

/** Measures of which one journey type, `cursed`, cannot be measured by: whatever is scored in such a journey cannot be taken. */
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
