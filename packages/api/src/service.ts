import { z } from 'zod';
import { bucketParameters, bucketSpan, splitByNames, splitFields } from './buckets.ts';
import { endpoint } from './endpoint.ts';
import { count, instant } from './fields.ts';
import { durationParameter, flagParameter, instantParameter, nameParameter, pageParameters } from './parameters.ts';
import { journeysBehind, mean, meanDifference, rate } from './questions/parts.ts';
import { complaintDimensions, promiseDimensions } from './vocabulary.ts';

/** Reports on promises, complaints and recovery. */

const inBucket = {
  bucket: instant.optional().describe('With buckets: begin of this one'),
  isOpen: z.boolean().optional().describe('With buckets: whether this one is not over'),
};
const ms = z.number().nullable();

export const getPromisesReport = endpoint({
  id: 'getPromisesReport',
  method: 'GET',
  path: '/v1/promises/report',
  tag: 'Ledgers',
  summary: 'How promises that fell due were kept',
  description:
    'Promises that nobody has to publish, because a definition expects them, count too: `expected` tells them apart. The team and the site are those of the event that opened the promise.',
  scope: 'read',
  waits: 'rows',
  problems: [409],
  query: z.strictObject({
    from: instantParameter.describe('Due at or after').optional(),
    to: instantParameter.describe('Due before').optional(),
    by: splitByNames(promiseDimensions),
    ...bucketParameters,
    expected: flagParameter.describe('Only those that a definition expects, or only the others').optional(),
  }),
  answer: z
    .strictObject({
      ...bucketSpan,
      rows: z.array(
        z
          .strictObject({
            ...splitFields(promiseDimensions),
            ...inBucket,
            made: count,
            open: count,
            kept: count,
            keptLate: count,
            broken: count,
            withdrawn: count,
            keeping: rate.describe('Kept, among kept, kept late and broken'),
            medianLateMs: ms.describe('Of those that were kept late'),
          })
          .meta({ id: 'PromisesReportRow' }),
      ),
    })
    .meta({ id: 'PromisesReport' }),
});

export const getComplaintsReport = endpoint({
  id: 'getComplaintsReport',
  method: 'GET',
  path: '/v1/complaints/report',
  tag: 'Ledgers',
  summary: 'How complaints were answered, resolved and followed up',
  description:
    'A complaint is answered by the earliest reply, or by its resolution. Satisfaction is that of the resolution, else of the first follow-up that tells one; satisfied are ratings of 4 and more.',
  scope: 'read',
  waits: 'rows',
  problems: [409],
  query: z.strictObject({
    from: instantParameter.describe('Raised at or after').optional(),
    to: instantParameter.describe('Raised before').optional(),
    by: splitByNames(complaintDimensions),
    ...bucketParameters,
    within: durationParameter.describe('How soon an answer is due; P1D unless told').optional(),
  }),
  answer: z
    .strictObject({
      ...bucketSpan,
      rows: z.array(
        z
          .strictObject({
            ...splitFields(complaintDimensions),
            ...inBucket,
            raised: count,
            open: count,
            answered: count,
            resolved: count,
            medianMsToAnswer: ms,
            p90MsToAnswer: ms,
            answeredWithin: rate.describe('Among those that were raised so long ago'),
            firstContact: rate.describe('Among the resolved that tell'),
            followedUp: rate.describe('Among the resolved'),
            satisfied: rate.describe('Among those that tell'),
          })
          .meta({ id: 'ComplaintsReportRow' }),
      ),
    })
    .meta({ id: 'ComplaintsReport' }),
});

const interval = z.strictObject({ difference: mean, low: mean, high: mean }).meta({ id: 'Interval' });
const nextScore = z.strictObject({ n: count, mean }).meta({ id: 'NextScore' });

const failed = {
  from: instantParameter.describe('Failed first at or after').optional(),
  to: instantParameter.describe('Failed first before').optional(),
  type: nameParameter.describe('Only journeys of this type').optional(),
};

export const getRecovery = endpoint({
  id: 'getRecovery',
  method: 'GET',
  path: '/v1/recovery',
  tag: 'Touchpoints',
  summary: 'What recovering from a failure does to what comes after: the service recovery paradox, measured',
  description:
    'Journeys by their first failed moment, a week ago or earlier. Recovered: within that week a recovery was accepted, or a complaint resolved with a satisfaction of 4 or more. Compared is what comes after the week, for both: the customer’s next score, and whether they buy again within 90 days. `stratified` compares within touchpoints, because some failures are harder to recover than others.',
  scope: 'read',
  waits: 'rows',
  problems: [409],
  query: z.strictObject(failed),
  answer: z
    .strictObject({
      cases: count,
      recovered: count,
      next: z
        .strictObject({ recovered: nextScore, not: nextScore, ...meanDifference.shape, stratified: interval })
        .meta({ id: 'ScoreAfterFailure' }),
      boughtAgain: z
        .strictObject({ recovered: rate, not: rate, ...meanDifference.shape })
        .meta({ id: 'BoughtAfterFailure' }),
    })
    .meta({ id: 'Recovery' }),
});

export const listRecoveryJourneys = endpoint({
  id: 'listRecoveryJourneys',
  method: 'GET',
  path: '/v1/recovery/journeys',
  tag: 'Touchpoints',
  summary: 'The journeys that GET /v1/recovery compares, the latest first',
  scope: 'read',
  waits: 'rows',
  problems: [409],
  query: z.strictObject({
    ...failed,
    recovered: flagParameter.describe('Only those that were recovered, or only those that were not').optional(),
    outcome: z
      .enum(['next-score', 'bought-again'])
      .meta({ id: 'RecoveryOutcome' })
      .describe('Only those whose next score is known, or whose 90 days to buy again are over')
      .optional(),
    ...pageParameters,
  }),
  answer: journeysBehind,
});
