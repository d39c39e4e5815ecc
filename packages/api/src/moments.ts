import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { instant, instrument, outcome, pageOf, position, score, verdictOrNull } from './fields.ts';
import { flagParameter, idParameter, instantParameter, nameParameter, pageParameters } from './parameters.ts';
import { eventMeasures } from './vocabulary.ts';

const text = z.string().nullable();

const listedEvent = z
  .strictObject({
    position,
    time: instant,
    eventId: z.string(),
    source: z.string(),
    type: z.string().describe('CloudEvents type'),
    customerId: z.string(),
    journeyId: text,
    journeyType: text.describe("The journey's own type"),
    touchpoint: text,
    channel: text,
    outcome: text.describe('Null for an event that is no moment'),
    cause: text,
    verdict: verdictOrNull,
    score: score.nullable().describe('Of the event itself'),
    durationMs: z.number().nullable(),
    team: text.describe('Of the actor'),
    site: text.describe('Of the actor'),
  })
  .meta({ id: 'ListedEvent' });

export const listMoments = endpoint({
  id: 'listMoments',
  method: 'GET',
  path: '/v1/moments',
  tag: 'Touchpoints',
  summary: 'The events behind a failure rate, a benchmark, a quality or a leaf of an index, the latest first',
  description:
    'Moments and all other events that were taken, as GET /v1/export/moments gives them whole. `failed=true` lists the failures that a failure rate counts, and `failed=true` or `false` leaves moments alone.',
  scope: 'read',
  waits: 'rows',
  query: z.strictObject({
    customerId: idParameter.optional(),
    journeyId: idParameter.optional(),
    type: nameParameter.describe('Events of journeys of this type').optional(),
    eventType: idParameter.describe('Events of this type, such as touchstone.moment.recorded.v1').optional(),
    touchpoint: nameParameter.optional(),
    channel: nameParameter.optional(),
    outcome: outcome.optional(),
    instrument: instrument.describe('Feedback by this instrument').optional(),
    failed: flagParameter.describe('Only moments that did not succeed, or only those that did').optional(),
    scored: flagParameter.describe('Only events with a score, or only those without').optional(),
    measure: z
      .enum(eventMeasures)
      .meta({ id: 'EventMeasure' })
      .describe('Only the events that this measure of an index, a benchmark or a quality counts')
      .optional(),
    team: nameParameter.describe('Events whose actor was of this team').optional(),
    site: nameParameter.describe('Events whose actor was at this site').optional(),
    from: instantParameter.describe('Happened at or after').optional(),
    to: instantParameter.describe('Happened before').optional(),
    ...pageParameters,
  }),
  answer: pageOf('EventPage', listedEvent),
});
