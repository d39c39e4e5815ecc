import { z } from 'zod';
import { text } from '../fields.ts';
import { endJourney } from '../journey-life.ts';
import { commonData } from './common-data.ts';
import { eventType } from './event-type.ts';

/** A customer gave a journey up. */
export const journeyAbandoned = eventType({
  name: 'touchstone.journey.abandoned.v1',
  data: z.object({ ...commonData, reason: text.optional() }),
  apply(measures, state, { time: at }, journey, _weighed, changes) {
    if (journey !== undefined) endJourney(measures, state, journey, { status: 'abandoned', at }, changes);
  },
});
