import { z } from 'zod';
import { text } from '../fields.ts';
import { endJourney } from '../journey-life.ts';
import { commonData } from './common-data.ts';
import { eventType } from './event-type.ts';

/** A customer gave a journey up. */
export const journeyAbandoned = eventType({
  name: 'touchstone.journey.abandoned.v1',
  data: z.object({ ...commonData, reason: text.optional() }),
  apply(_measures, _state, { time }, journey, _weighed, changes) {
    if (journey !== undefined) endJourney(journey, 'abandoned', time, changes);
  },
});
