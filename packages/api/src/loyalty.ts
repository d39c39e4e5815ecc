import { z } from 'zod';
import { bucketParameters, bucketSpan } from './buckets.ts';
import { endpoint } from './endpoint.ts';
import { count, instant, pageOf, score, stage } from './fields.ts';
import { flagParameter, instantParameter, integerParameter, pageParameters } from './parameters.ts';
import { rate } from './questions/parts.ts';
import { customerTierNames } from './vocabulary.ts';

/** Questions about customers over time. */

const share = z.number().min(0).max(1).nullable();
export const satisfaction = score.nullable();
const byStage = { none: count, cognitive: count, affective: count, behavioural: count };
const span = {
  from: instant.nullable().describe('Begin of the first bucket; null while there are no customers'),
  to: instant.nullable(),
};
const movedSpan = {
  from: instantParameter.describe('Moved at or after').optional(),
  to: instantParameter.describe('Moved before').optional(),
};

export const getStages = endpoint({
  id: 'getStages',
  method: 'GET',
  path: '/v1/loyalty/stages',
  tag: 'Customers',
  summary: 'How many customers were in each trust stage, at the end of each day, week or month',
  description:
    'A customer counts from their first event on. The bucket that is not over shows customers as they are now; later ones are left out.',
  scope: 'read',
  waits: 'rows',
  query: z.strictObject({
    from: instantParameter.describe('The first event unless told').optional(),
    to: instantParameter.describe('Now unless told').optional(),
    ...bucketParameters,
  }),
  answer: z
    .strictObject({
      ...span,
      buckets: z.array(
        z.strictObject({ start: instant, end: instant, isOpen: z.boolean(), ...byStage }).meta({ id: 'StagesBucket' }),
      ),
    })
    .meta({ id: 'Stages' }),
});

export const getTransitions = endpoint({
  id: 'getTransitions',
  method: 'GET',
  path: '/v1/loyalty/transitions',
  tag: 'Customers',
  summary: 'How often customers moved from one trust stage to another, and why',
  description:
    'Made for a Sankey diagram: the most frequent moves come first. With buckets, the earliest come first, and nothing is told of those in which nobody moved.',
  scope: 'read',
  waits: 'rows',
  query: z.strictObject({ ...movedSpan, ...bucketParameters }),
  answer: z
    .strictObject({
      ...bucketSpan,
      rows: z.array(
        z
          .strictObject({
            from: stage,
            to: stage,
            because: z.string(),
            bucket: instant.optional().describe('With buckets: begin of the one in which they moved'),
            changes: count,
            customers: count,
          })
          .meta({ id: 'Transition' }),
      ),
    })
    .meta({ id: 'Transitions' }),
});

export const getTimeInStage = endpoint({
  id: 'getTimeInStage',
  method: 'GET',
  path: '/v1/loyalty/time-in-stage',
  tag: 'Customers',
  summary: 'How long customers stay in each trust stage',
  description:
    'The estimate of Kaplan and Meier: who is still in the stage counts for as long as they are. A share is null where nobody has been observed for that long.',
  scope: 'read',
  waits: 'rows',
  query: z.strictObject({}),
  answer: z
    .strictObject({
      stages: z.array(
        z
          .strictObject({
            stage,
            n: count.describe('Stays'),
            ended: count.describe('Stays that are over'),
            medianDays: z.number().nullable(),
            survival: z.array(z.strictObject({ days: count, share }).meta({ id: 'Survival' })),
          })
          .meta({ id: 'StageStay' }),
      ),
    })
    .meta({ id: 'TimeInStage' }),
});

/** How cohorts are made, and what counts as coming again. */
const coming = {
  cohort: z
    .enum(['1w', '1M'])
    .meta({ id: 'CohortLength' })
    .default('1M')
    .describe('Length of cohorts and periods; 1M unless told'),
  timeZone: bucketParameters.timeZone,
  event: z
    .enum(['moment', 'purchase'])
    .meta({ id: 'RetentionEvent' })
    .default('moment')
    .describe('What counts as coming; moment unless told'),
  atLeast: integerParameter(1, 1_000_000).default(1).describe('How many in a period; 1 unless told'),
};

export const getRetention = endpoint({
  id: 'getRetention',
  method: 'GET',
  path: '/v1/loyalty/retention',
  tag: 'Customers',
  summary: 'Who of the customers that came in one week or month comes again later',
  description:
    'A customer belongs to the cohort of their first event. Period k is the k-th week or month after that of the cohort, which is k = 0.',
  scope: 'read',
  waits: 'rows',
  query: z.strictObject({
    ...coming,
    from: instantParameter.describe('Cohorts from this one on').optional(),
    to: instantParameter.describe('Cohorts before').optional(),
  }),
  answer: z
    .strictObject({
      ...span,
      cohorts: z.array(
        z
          .strictObject({
            start: instant,
            size: count,
            periods: z.array(
              z
                .strictObject({ k: count, customers: count, share, isOpen: z.boolean() })
                .meta({ id: 'RetentionPeriod' }),
            ),
          })
          .meta({ id: 'Cohort' }),
      ),
    })
    .meta({ id: 'Retention' }),
});

/** A customer behind a figure, as they are now. */
const customerBehind = z.strictObject({ customerId: z.string(), stage, satisfaction }).meta({ id: 'CustomerBehind' });

export const listRetainedCustomers = endpoint({
  id: 'listRetainedCustomers',
  method: 'GET',
  path: '/v1/loyalty/retention/customers',
  tag: 'Customers',
  summary: 'The customers behind a cell of the retention triangle, by id',
  description: 'Without `k` the whole cohort. Stage and satisfaction are those of now.',
  scope: 'read',
  waits: 'rows',
  query: z.strictObject({
    ...coming,
    start: instantParameter
      .describe('Any time in the week or month of the cohort')
      .meta({ example: '2025-10-01T00:00:00Z' }),
    k: integerParameter(0, 10_000).describe('The period after that of the cohort').optional(),
    ...pageParameters,
  }),
  answer: pageOf('RetainedCustomerPage', customerBehind),
});

export const listCustomersInStage = endpoint({
  id: 'listCustomersInStage',
  method: 'GET',
  path: '/v1/loyalty/stages/customers',
  tag: 'Customers',
  summary: 'The customers who were in a trust stage at some time, by id',
  description:
    'The stage of a customer then is that to which the last move before the time led. Stage and satisfaction are those of now.',
  scope: 'read',
  waits: 'rows',
  query: z.strictObject({
    at: instantParameter
      .describe('`end` of a bucket of GET /v1/loyalty/stages')
      .meta({ example: '2025-12-01T00:00:00Z' }),
    inStage: stage.meta({ example: 'affective' }),
    ...pageParameters,
  }),
  answer: pageOf('StageCustomerPage', customerBehind),
});

export const tier = z.enum(customerTierNames).meta({ id: 'CustomerTier' });
const bought = {
  currency: z.string().min(1).max(16).describe('The one with most purchases unless told').optional(),
  from: instantParameter.describe('Bought at or after; 365 days before now unless told').optional(),
  to: instantParameter.describe('Bought before; now unless told').optional(),
};

export const getTiers = endpoint({
  id: 'getTiers',
  method: 'GET',
  path: '/v1/loyalty/tiers',
  tag: 'Customers',
  summary: 'The vital few: customers in tiers by what they bought',
  description:
    'ABC analysis: A are the largest, until they bring 80 % of the total; B until 95 %; C are the others. At risk are the quietly leaving, the dissatisfied, and those with an open complaint.',
  scope: 'read',
  waits: 'rows',
  query: z.strictObject(bought),
  answer: z
    .strictObject({
      currency: z.string().nullable().describe('Null where nobody bought anything'),
      from: instant,
      to: instant,
      total: z.number(),
      tiers: z.array(
        z
          .strictObject({
            tier,
            customers: count,
            share,
            amount: z.number(),
            amountShare: z.number().nullable(),
            stages: z.strictObject(byStage).meta({ id: 'TierStages' }),
            meanSatisfaction: satisfaction,
            atRisk: count,
          })
          .meta({ id: 'Tier' }),
      ),
    })
    .meta({ id: 'Tiers' }),
});

export const listTierCustomers = endpoint({
  id: 'listTierCustomers',
  method: 'GET',
  path: '/v1/loyalty/tiers/:tier',
  tag: 'Customers',
  summary: 'The customers of a tier, from the largest amount',
  scope: 'read',
  waits: 'rows',
  params: z.strictObject({ tier }),
  query: z.strictObject({
    ...bought,
    atRisk: flagParameter.describe('true: only those at risk; false: only the others').optional(),
    ...pageParameters,
  }),
  answer: pageOf(
    'TierCustomerPage',
    z.strictObject({ customerId: z.string(), amount: z.number(), stage, satisfaction }).meta({ id: 'TierCustomer' }),
  ),
});

export const listSilentCustomers = endpoint({
  id: 'listSilentCustomers',
  method: 'GET',
  path: '/v1/loyalty/silent',
  tag: 'Customers',
  summary: 'Customers who are dissatisfied and do not complain, the least satisfied first',
  description: 'Satisfaction below 60, a moment in the last 90 days, and no complaint raised in these.',
  scope: 'read',
  waits: 'rows',
  query: z.strictObject(pageParameters),
  answer: pageOf(
    'SilentCustomerPage',
    z.strictObject({ customerId: z.string(), satisfaction: score }).meta({ id: 'SilentCustomer' }),
  ),
});

export const getLeavers = endpoint({
  id: 'getLeavers',
  method: 'GET',
  path: '/v1/loyalty/leavers',
  tag: 'Customers',
  summary: 'Satisfied is not loyal: how many of those who left were satisfied',
  description:
    'Customers who lost a trust stage because they were idle, bought nothing or ended the relationship; each counts once, by the latest such move. Satisfied: satisfaction of 70 or more just before it.',
  scope: 'read',
  waits: 'rows',
  query: z.strictObject(movedSpan),
  answer: z.strictObject({ customers: count, satisfied: rate }).meta({ id: 'Leavers' }),
});
