import { z } from 'zod';
import { alertName, eventName } from './place.ts';

/** Targets, by name. */
export const TARGETS_MAX = 50;

/** A part of the moments at a touchpoint that shall succeed; every other outcome is a failure. */
export const objectiveSchema = z
  .strictObject({
    touchpoint: eventName.min(1),
    channel: eventName.optional(),
    journeyType: eventName.describe("Of the moment's journey").optional(),
    team: eventName.describe('Of the actor').optional(),
    objective: z.number().min(0.5).lt(1).describe('The part of the moments that shall succeed'),
    windowDays: z.int().min(1).max(90).default(28).describe('Days over which the budget is counted'),
    minMoments: z.int().min(1).default(10).describe('Moments that the long window of a rule needs'),
    minFailures: z.int().min(1).default(5).describe('Failures that the long window of a rule needs'),
    notify: z
      .array(alertName)
      .min(1)
      .max(TARGETS_MAX)
      .refine((names) => new Set(names).size === names.length, 'must name each target once')
      .describe('The only targets to which its alerts are sent; all targets unless told')
      .optional(),
  })
  .meta({ id: 'Objective', examples: [{ touchpoint: 'payment.approved', objective: 0.98 }] });

/** With its defaults. */
export type Objective = z.output<typeof objectiveSchema>;
