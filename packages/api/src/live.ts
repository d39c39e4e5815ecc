import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { instant, outcome, position, score, stage, verdictOrNull } from './fields.ts';

/** Streams of live events that one process serves at once. */
export const LIVE_STREAMS_MAX = 100;

const name = z.string().min(1).max(256).optional();

/** The effect of an event when it was taken, with its journey's score before and after. */
export const liveEffectSchema = z
  .strictObject({
    journeyType: z.string().nullable().describe("The journey's own type"),
    verdict: verdictOrNull,
    score: score.nullable().describe('Of the event itself'),
    scoreBefore: score.nullable().describe("The journey's"),
    scoreAfter: score.nullable(),
    stageChanges: z
      .array(
        z.strictObject({ from: stage, to: stage, at: instant, because: z.string() }).meta({ id: 'LiveStageChange' }),
      )
      .describe('Moves between trust stages, those too that time had brought before it'),
  })
  .nullable()
  .meta({ id: 'LiveEffect' })
  .describe('Null for an event that cannot be measured');

/** The data of an event of the stream. */
export const liveEventSchema = z
  .strictObject({
    position,
    recordedAt: instant,
    customerId: z.string(),
    did: liveEffectSchema,
    event: z
      .looseObject({})
      .nullable()
      .meta({ id: 'LiveCloudEvent' })
      .describe('The CloudEvent as it was published; null if it is damaged'),
  })
  .meta({ id: 'LiveEvent' });

export type LiveEvent = z.input<typeof liveEventSchema>;
export type LiveEffect = z.output<typeof liveEffectSchema>;

export const followLive = endpoint({
  id: 'followLive',
  method: 'GET',
  path: '/v1/live',
  tag: 'Publishing',
  summary: 'Published events as they are stored, with what each did',
  description:
    'Server-sent events: the `id` of each is its position in the log, its data a LiveEvent. With the header `Last-Event-ID` the stream begins after that position, else with what is stored from now on. Where a stream cannot keep up, `event: skipped` names the positions `(after, upTo]` that it left out; it has no id, so that who connects again at once gets them after all. A comment comes at least every 15 seconds. One process serves 100 streams at most; the next is answered 503. Of all filters each must hold.',
  scope: 'read',
  waits: 'never',
  query: z.strictObject({
    type: name.describe('CloudEvents type'),
    touchpoint: name,
    channel: name,
    outcome: outcome.optional(),
    journeyType: name.describe("Of the event's journey"),
    customerId: name,
    team: name.describe('Of the actor'),
  }),
  answer: liveEventSchema,
  answerType: 'text/event-stream',
  answerMeaning: 'Server-sent events, each with such data',
  problems: [409],
});
