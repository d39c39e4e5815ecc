import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { count, instant } from './fields.ts';
import { noParameters } from './parameters.ts';
import { leapOutcomes } from './vocabulary.ts';

const clock = z
  .strictObject({
    now: instant,
    offByMs: z
      .number()
      .describe(
        'How far the time of day is ahead (or back: negative) of what is trusted; 0 where it is trusted itself',
      ),
    leaps: z.array(
      z
        .strictObject({
          at: instant.describe('The last trusted now before it, or when what it had led to was withdrawn'),
          byMs: z.number().describe('How far; negative: back'),
          outcome: z.enum(leapOutcomes).meta({
            id: 'LeapOutcome',
            description:
              'returned: before it was believed; believed: it stayed; withdrawn: announcements told too early were taken back',
          }),
          customers: count.describe('Whose announcements were taken back: how many'),
          machine: z.string(),
        })
        .meta({ id: 'ClockLeap' }),
    ),
  })
  .meta({ id: 'Clock', description: 'Leaps that are over, the latest first' });

export const getClock = endpoint({
  id: 'getClock',
  method: 'GET',
  path: '/v1/clock',
  tag: 'Running',
  summary: 'The product’s now, and how the clock leapt',
  description:
    'While the time of day and the monotonic clock of the machine part, the time of day is not trusted: nothing is announced, and lists answer to the last now that could be. A difference that stays for ten minutes is believed.',
  scope: 'read',
  waits: 'nothing',
  query: noParameters,
  answer: clock,
});
