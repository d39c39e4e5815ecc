import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { nameParameter } from './parameters.ts';

const identity = z
  .strictObject({
    name: z.string().describe('What must be equal, e.g. `node order.placed journeys`'),
    left: z.number(),
    right: z.number(),
    ok: z.boolean(),
  })
  .meta({ id: 'Identity' });

export const getSelfCheck = endpoint({
  id: 'getSelfCheck',
  method: 'GET',
  path: '/v1/self-check',
  tag: 'Running',
  summary: 'Whether answers to different questions agree with each other',
  description:
    'Asks questions that must give the same numbers, and shows both: variants, cases and paths; paths and failure rates, and lists of journeys; a funnel and its groups; stages, promises and levels, and how many there are. While events are being projected it asks again, up to five times.',
  scope: 'read',
  waits: 'rows',
  query: z.strictObject({
    type: nameParameter.describe('Only journeys of this type, with their moments and promises').optional(),
  }),
  answer: z
    .strictObject({
      ok: z.boolean(),
      moved: z
        .literal(true)
        .optional()
        .describe('Rows were being written all the time: what differs may be no fault. Absent else'),
      checks: z.array(identity),
      journeys: z
        .array(z.strictObject({ customerId: z.string(), journeyId: z.string() }).meta({ id: 'DifferingJourney' }))
        .describe('If something differs: journeys whose row tells otherwise than their moments, 20 at most'),
    })
    .meta({ id: 'SelfCheck' }),
});
