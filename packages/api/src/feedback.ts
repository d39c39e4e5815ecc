import { z } from 'zod';
import { bucketParameters, bucketSpan, splitBy } from './buckets.ts';
import { endpoint } from './endpoint.ts';
import { count, instant, instrument, pageOf } from './fields.ts';
import { instantParameter, pageParameters } from './parameters.ts';
import { clocks, rate } from './questions/parts.ts';
import { feedbackDimensions } from './vocabulary.ts';

const by = splitBy(feedbackDimensions, []).describe(
  `What feedback is split by, besides its instrument: ${[...feedbackDimensions, 'attribute.<name>'].join(', ')}`,
);

/** Which feedback is meant. */
const span = {
  from: instantParameter.describe('Feedback at or after').optional(),
  to: instantParameter.describe('Feedback before').optional(),
  ...clocks,
};

const maybe = z.number().nullable();

const feedbackRow = z
  .object({
    instrument,
    bucket: instant.nullable().describe('Start of the bucket; null without buckets'),
    isOpen: z.boolean().optional().describe('With buckets: whether this one is not over'),
    n: count,
    mean: maybe.describe('Of csat and ces on 1..5, of nps on 0..10'),
    low: maybe.describe('Of the 95 % interval of the mean'),
    high: maybe,
    satisfied: rate.optional().describe('csat: scores of 4 and more'),
    easy: rate.optional().describe('ces: scores of 2 and less, for 5 is the most effort'),
    promoters: count.optional().describe('nps: 9 and 10'),
    passives: count.optional().describe('nps: 7 and 8'),
    detractors: count.optional().describe('nps: 0 to 6'),
    nps: maybe.optional().describe('Share of promoters minus share of detractors, times 100'),
    npsLow: maybe.optional().describe('Of the 95 % interval, adjusted Wald (Rocks 2016)'),
    npsHigh: maybe.optional(),
  })
  .catchall(z.string())
  .meta({ id: 'FeedbackRow' });

export const getFeedback = endpoint({
  id: 'getFeedback',
  method: 'GET',
  path: '/v1/feedback',
  tag: 'Touchpoints',
  summary: 'What customers say: csat, nps and ces, with the intervals of their figures',
  description: 'What had no feedback has no row; with buckets, what had some has a row for every bucket.',
  scope: 'read',
  waits: 'rows',
  query: z.strictObject({
    ...span,
    by,
    ...bucketParameters,
  }),
  answer: z.strictObject({ ...bucketSpan, rows: z.array(feedbackRow) }).meta({ id: 'Feedback' }),
});

const comment = z
  .strictObject({
    eventId: z.string(),
    at: instant,
    instrument,
    score: z.number().describe('csat and ces on 1..5, nps on 0..10'),
    comment: z.string(),
    touchpoint: z.string().nullable(),
    customerId: z.string(),
    journeyId: z.string().nullable(),
    journeyType: z.string().nullable(),
  })
  .meta({ id: 'FeedbackComment' });

export const listFeedbackComments = endpoint({
  id: 'listFeedbackComments',
  method: 'GET',
  path: '/v1/feedback/comments',
  tag: 'Touchpoints',
  summary: 'What customers wrote with their feedback, the latest first',
  scope: 'read',
  waits: 'rows',
  query: z.strictObject({ ...span, ...pageParameters }),
  answer: pageOf('FeedbackCommentPage', comment),
});
