import { dataSchemas, type EventType, envelopeSchema, eventTypes } from '@touchstone/journey';
import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { nullAsAbsent } from './null-as-absent.ts';
import { anyParameters } from './parameters.ts';
import { nothingAccepted, publishProblem, publishSummary } from './publish-summary.ts';

/** The schemas of published events only document: each event is checked by faster code. */

/** These examples are valid on any system and may be sent repeatedly. */
const event = { specversion: '1.0', source: '/shop', subject: 'ada', time: '2026-03-01T09:30:00Z' };
const MOMENT = {
  ...event,
  id: 'example-1',
  type: 'touchstone.moment.recorded.v1',
  data: { journeyId: 'o-1', journeyType: 'order', touchpoint: 'order.placed', channel: 'web', outcome: 'succeeded' },
};
const PURCHASE = {
  ...event,
  id: 'example-2',
  type: 'touchstone.purchase.made.v1',
  data: { amount: 49.9, currency: 'EUR', orderId: 'o-1' },
};
const EVENTS = [MOMENT, PURCHASE];

/** `touchstone.complaint.followed-up.v1` becomes ComplaintFollowedUp. */
function eventName(type: EventType): string {
  const words = type.split(/[.-]/).slice(1, -1);
  return words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join('');
}

/**
 * Schema of an event as a client may send it; `data` is optional if the type requires none of its
 * fields.
 */
function eventSchema(type: EventType) {
  const { shape } = dataSchemas[type];
  const data = z.object(nullAsAbsent(shape as z.ZodRawShape)).meta({ id: `${eventName(type)}Data` });
  const needsNone = data.safeParse({}).success;
  const envelope = z.object(nullAsAbsent(envelopeSchema.shape));
  return envelope
    .extend({ type: z.literal(type), data: needsNone ? data.optional() : data })
    .meta({ id: eventName(type) });
}
type EventSchema = ReturnType<typeof eventSchema>;

const publishedEvent = z
  .discriminatedUnion('type', eventTypes.map(eventSchema) as [EventSchema, ...EventSchema[]])
  .meta({
    id: 'PublishedEvent',
    examples: [MOMENT],
    description: 'A CloudEvent 1.0. Extension attributes may stand beside those named: lower-case letters and digits.',
  });
const eventBatch = z
  .array(publishedEvent)
  .min(1)
  .max(5_000)
  .meta({ id: 'EventBatch', examples: [EVENTS] });
const eventOrBatch = z.union([publishedEvent, eventBatch]).meta({ id: 'EventOrBatch', examples: [EVENTS] });
const eventLines = z.string().meta({
  id: 'EventLines',
  description: 'A PublishedEvent on each line, any number of them',
  examples: [EVENTS.map((each) => `${JSON.stringify(each)}\n`).join('')],
});

export const publishEvents = endpoint({
  id: 'publishEvents',
  method: 'POST',
  path: '/v1/events',
  tag: 'Publishing',
  summary: 'Publish events',
  description:
    'CloudEvents 1.0, one or many. Each event has its own verdict; what is called accepted is durable. Sending the same again is safe. ' +
    '`time` is required, though CloudEvents leaves it open. What is null is as if it were not there; `data_base64` of JSON is taken for `data`; ' +
    'numbers beyond ±9007199254740991 are sent as text. Extension attributes have names of lower-case letters and digits. ' +
    'Bodies may be compressed (gzip, deflate, br). In binary mode the attributes are `ce-*` headers, and the body, application/json, is `data`. ' +
    'An event whose `time` lies further ahead of the wall clock than `FUTURE_LIMIT` (a day unless told) is ' +
    'rejected with `time_in_future` and kept: a retry takes it once its time has come. ' +
    'A customer, or a journey, that has as much as one may have takes nothing new: `customer_full`, `journey_full`. One who was deleted for good in the event store takes nothing: `erased`.',
  scope: 'publish',
  waits: 'never',
  query: anyParameters,
  bodies: {
    'application/json': eventOrBatch,
    'application/cloudevents+json': publishedEvent,
    'application/cloudevents-batch+json': eventBatch,
    'application/x-ndjson': eventLines,
  },
  answer: publishSummary,
  answerMeaning: 'At least one event is stored',
  problemAnswers: [
    { answer: publishProblem, statuses: [400, 401, 403, 413, 415, 429, 500, 503] },
    { answer: nothingAccepted, statuses: [422] },
  ],
});
