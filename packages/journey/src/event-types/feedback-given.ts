import { z } from 'zod';
import { name, onScale, rating, text } from '../fields.ts';
import { addScore } from '../journey-score.ts';
import { measureFeedback } from '../moment-score.ts';
import { addToTrust } from '../trust.ts';
import { commonData } from './common-data.ts';
import { addFault, checkRating, eventType } from './event-type.ts';

const data = z.object({
  ...commonData,
  instrument: z.enum(['csat', 'nps', 'ces']).meta({ id: 'FeedbackInstrument' }),
  /** csat and ces: a rating; nps: a whole number 0..10. */
  score: z.union([z.number().min(0).max(10), onScale]).meta({ id: 'FeedbackScore' }),
  touchpoint: name.optional(),
  expectation: rating.optional(),
  comment: text.optional(),
});
export type Feedback = z.infer<typeof data>;

/** A customer answered a survey. */
export const feedbackGiven = eventType({
  name: 'touchstone.feedback.given.v1',
  data,
  checkMeaning(data, faults) {
    checkRating(faults, 'data.expectation', data.expectation);
    if (data.instrument !== 'nps') checkRating(faults, 'data.score', data.score);
    else if (!Number.isInteger(data.score)) addFault(faults, 'data.score', 'of nps must be a whole number 0..10');
  },
  measure: measureFeedback,
  apply({ policy }, state, { data, time }, journey, { measured }) {
    if (measured === null) {
      if ((data.score as number) >= 9) state.trust.delights++;
      return;
    }
    if (journey !== undefined) addScore(policy, journey, measured, time);
    addToTrust(policy, state.trust, measured, time);
  },
});
