import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { count, instant, nextCursor, stage } from './fields.ts';
import { satisfaction, tier } from './loyalty.ts';
import { flagParameter, pageParameters } from './parameters.ts';
import { type WorklistReason, worklistReasons } from './vocabulary.ts';
import { worklistMark } from './workspace/worklist-marks.ts';

const reason = z.enum(worklistReasons).meta({ id: 'WorklistReason' });
const counts = Object.fromEntries(worklistReasons.map((name) => [name, count])) as Record<WorklistReason, typeof count>;

export const getWorklist = endpoint({
  id: 'getWorklist',
  method: 'GET',
  path: '/v1/worklist',
  tag: 'Customers',
  summary: 'Who needs somebody today, and why',
  description:
    'Each customer stands there once, with all reasons: a critical failure that stands unrecovered, a complaint that is open (of the last 30 days, or older), a promise broken or a trust stage lost in the last 14 days, a satisfied customer who is silent for too long, a dissatisfied one who does not complain. The most urgent reason comes first, then what the customer bought in the last 365 days.',
  scope: 'read',
  waits: 'rows',
  problems: [409],
  query: z.strictObject({
    reason: reason.optional(),
    stage: stage.optional(),
    team: z.string().max(128).describe('The team that served the latest moment; empty: none').optional(),
    tier: tier.describe('Of the last 365 days, see /v1/loyalty/tiers').optional(),
    currency: z.string().min(1).max(16).describe('Of `value`; the one with most purchases unless told').optional(),
    todo: flagParameter
      .describe('True: without customers who are put off, or done with until something new happens to them')
      .optional(),
    ...pageParameters,
  }),
  answer: z
    .strictObject({
      items: z.array(
        z
          .strictObject({
            customerId: z.string(),
            reasons: z.array(
              z
                .strictObject({
                  reason,
                  since: instant,
                  journeyId: z.string().optional(),
                  promiseId: z.string().optional(),
                  complaintId: z.string().optional(),
                })
                .meta({ id: 'WorklistEntry' }),
            ),
            value: z.number().describe('Purchases of the last 365 days'),
            stage,
            satisfaction,
            mark: worklistMark.optional().describe('The latest mark; absent without one'),
          })
          .meta({ id: 'WorklistItem' }),
      ),
      nextCursor,
      counts: z
        .strictObject(counts)
        .describe('Customers with each reason, under the other filters')
        .meta({ id: 'WorklistCounts' }),
    })
    .meta({ id: 'Worklist' }),
});
