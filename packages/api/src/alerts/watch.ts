import { z } from 'zod';
import { stages } from '../vocabulary.ts';
import { durationText } from './heartbeat.ts';

/** Stages that customers can leave downwards. */
const lossStages = stages.slice(1) as ['cognitive', 'affective', 'behavioural'];

/** A number of customers who leave a trust stage downwards, so that somebody asks why. */
export const watchSchema = z
  .strictObject({
    stage: z.enum(lossStages).meta({ id: 'LossStage' }),
    within: durationText.describe('The span that is looked at, up to each minute'),
    atLeast: z.int().min(1).describe('Customers who left in it'),
    rate: z
      .number()
      .min(0)
      .lt(1)
      .describe('Also: the lower end of the 95 % interval of their part of all who were in the stage lies above')
      .optional(),
  })
  .meta({ id: 'Watch', examples: [{ stage: 'affective', within: 'P1D', atLeast: 20, rate: 0.02 }] });

export type Watch = z.output<typeof watchSchema>;
