import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { count, pageOf, position } from './fields.ts';
import { noParameters, pageParameters } from './parameters.ts';

const parkedEvent = z
  .strictObject({
    position,
    customerId: z.string(),
    eventId: z.string(),
    source: z.string(),
    type: z.string(),
    error: z.string(),
  })
  .meta({ id: 'ParkedEvent' });

const UINT64_MAX = 18_446_744_073_709_551_615n;
const POSITION_WORDS = 'must be the position of a parked event: digits';
/** A log position as a decimal string, because it may exceed what a double holds exactly. */
const parkedPosition = z
  .string()
  .regex(/^\d{1,20}$/, { error: POSITION_WORDS, abort: true })
  .refine((text) => BigInt(text) <= UINT64_MAX, POSITION_WORDS);

const retryBody = z
  .strictObject({
    positions: z.array(parkedPosition).min(1).max(5000).describe('All that are parked if left out').optional(),
  })
  .nullish()
  .meta({ id: 'ParkedRetryRequest', examples: [{}] });

export const listParkedEvents = endpoint({
  id: 'listParkedEvents',
  method: 'GET',
  path: '/v1/parked',
  tag: 'Running',
  summary: 'Stored events that the measurement could not take, in the order of the log',
  scope: 'read',
  waits: 'position',
  query: z.strictObject({
    limit: pageParameters.limit,
    cursor: z
      .codec(z.string().regex(/^\d{1,19}$/, 'must be the nextCursor of a page'), z.bigint(), {
        decode: BigInt,
        encode: String,
      })
      .describe('`nextCursor` of the page before')
      .optional(),
  }),
  answer: pageOf('ParkedEventPage', parkedEvent),
});

export const retryParkedEvents = endpoint({
  id: 'retryParkedEvents',
  method: 'POST',
  path: '/v1/parked/retry',
  tag: 'Running',
  summary: 'Try parked events again, as after an update that can read them',
  description:
    'The request is appended to the log of each customer, as `touchstone.change.parked-retried.v1`, and every read model takes it from there: what can be taken now is measured at its own place among the events of its customer, and is parked no longer; what cannot stays parked, with the new reason.',
  scope: 'admin',
  waits: 'position',
  query: noParameters,
  body: retryBody,
  answer: z
    .strictObject({
      asked: count.describe('Events that are to be tried again'),
      position: position.describe('Send it as Touchstone-After: from there on the answers say what came of it'),
    })
    .meta({ id: 'ParkedRetry' }),
  problems: [404],
});
