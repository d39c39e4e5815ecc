import { z } from 'zod';
import { text } from '../fields.ts';
import { endJourney } from '../journey-life.ts';
import { commonData } from './common-data.ts';
import { eventType } from './event-type.ts';

/** A journey came to its end. */
export const journeyCompleted = eventType({
  name: 'touchstone.journey.completed.v1',
  data: z.object({ ...commonData, reason: text.optional() }),
  apply(measures, state, { time: at }, journey, _weighed, changes) {
    if (journey !== undefined) endJourney(measures, state, journey, { status: 'completed', at }, changes);
  },
});
