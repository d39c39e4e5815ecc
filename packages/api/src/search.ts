import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { count, journeyStatus, stage } from './fields.ts';
import { integerParameter } from './parameters.ts';

export const searchAll = endpoint({
  id: 'searchAll',
  method: 'GET',
  path: '/v1/search',
  tag: 'Workspace',
  summary: 'Journeys, customers, touchpoints and journey types by what they begin with',
  description:
    'Ids match by their beginning, as it is written. Touchpoints and types match by any part, in upper or lower case, the most frequent first.',
  scope: 'read',
  waits: 'position',
  query: z.strictObject({
    q: z.string().min(1).max(512).meta({ example: 'check' }),
    limit: integerParameter(1, 20).default(8).describe('Of each kind, at most; 8 unless told'),
  }),
  answer: z
    .strictObject({
      journeys: z.array(
        z
          .strictObject({ id: z.string(), customerId: z.string(), type: z.string(), status: journeyStatus })
          .meta({ id: 'FoundJourney' }),
      ),
      customers: z.array(z.strictObject({ id: z.string(), stage }).meta({ id: 'FoundCustomer' })),
      touchpoints: z.array(z.strictObject({ name: z.string(), moments: count }).meta({ id: 'FoundTouchpoint' })),
      types: z.array(z.strictObject({ name: z.string(), journeys: count }).meta({ id: 'FoundType' })),
    })
    .meta({ id: 'SearchAnswer' }),
});
