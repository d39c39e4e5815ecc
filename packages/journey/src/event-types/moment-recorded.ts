import { z } from 'zod';
import { arriveAt, openAfter } from '../expected-touchpoints.ts';
import { name, type Rating, rating, ratingFault } from '../fields.ts';
import { addIncident } from '../incidents.ts';
import { endJourney, keepName, recover, standFailure } from '../journey-life.ts';
import { addScore } from '../journey-score.ts';
import { measureMoment } from '../moment-score.ts';
import { addTime } from '../sorted-times.ts';
import { openingOf } from '../state.ts';
import { addToTrust } from '../trust.ts';
import { commonData } from './common-data.ts';
import { addFault, checkRating, eventType } from './event-type.ts';

const ratings = z
  .strictObject({
    reliability: rating.optional(),
    assurance: rating.optional(),
    tangibles: rating.optional(),
    empathy: rating.optional(),
    responsiveness: rating.optional(),
  })
  .meta({ id: 'Ratings' });

const data = z.object({
  ...commonData,
  touchpoint: name,
  channel: name,
  outcome: z.enum(['succeeded', 'failed', 'abandoned']).meta({ id: 'Outcome' }),
  expectation: rating.optional(),
  perception: rating.optional(),
  /** Ratings of the RATER / SERVQUAL dimensions. */
  ratings: ratings.optional(),
  /** 5 is the highest effort. */
  effort: rating.optional(),
  durationMs: z.number().min(0).max(1e12).optional(),
  /** Cause of a failure: the offer, the procedure or the people. */
  cause: z.enum(['value', 'system', 'people']).meta({ id: 'FailureCause' }).optional(),
});
export type Moment = z.infer<typeof data>;

/** A customer met a touchpoint: what happened there, what they expected, and how it felt. */
export const momentRecorded = eventType({
  name: 'touchstone.moment.recorded.v1',
  data,
  checkMeaning(data, faults) {
    checkRating(faults, 'data.expectation', data.expectation);
    checkRating(faults, 'data.perception', data.perception);
    checkRating(faults, 'data.effort', data.effort);
    if (data.ratings === undefined) return;
    let isRated = false;
    for (const dimension in data.ratings) {
      isRated = true;
      const value: Rating | undefined = data.ratings[dimension as keyof typeof data.ratings];
      const why = value === undefined ? undefined : ratingFault(value);
      if (why !== undefined) addFault(faults, `data.ratings.${dimension}`, why);
    }
    if (!isRated) addFault(faults, 'data.ratings', 'must hold at least one rating');
  },
  measure: measureMoment,
  apply(measures, state, { data, time }, journey, { definition, touchpoint, measured }, changes) {
    const { policy } = measures;
    const moment = { touchpoint: data.touchpoint, at: time, channel: data.channel, opening: () => openingOf(data) };
    if (journey !== undefined) {
      journey.moments++;
      if (data.outcome !== 'succeeded') journey.failures++;
      keepName(journey.touchpoints, data.touchpoint);
      keepName(journey.channels, data.channel);
      addScore(policy, journey, measured!, time);
      if (data.outcome === 'succeeded') {
        recover(state, journey, data.touchpoint);
        arriveAt(state, journey, definition, moment, changes);
        if (definition?.completesOn?.includes(data.touchpoint)) {
          endJourney(measures, state, journey, { status: 'completed', at: time }, changes);
        }
      } else if (data.outcome === 'failed' && touchpoint?.critical === true) {
        standFailure(state, journey, data.touchpoint, time);
        addIncident(policy, state, time);
      }
    }
    state.trust.moments++;
    if (state.latestMoment === null || time >= state.latestMoment.at) {
      state.latestMoment = { at: time, team: data.actor?.team ?? null };
    }
    if (journey === undefined) addTime(state.trust.momentsAlone, time);
    addToTrust(policy, state.trust, measured!, time);
    if (journey !== undefined && data.outcome === 'succeeded') {
      openAfter(policy, state, journey, definition, moment, changes);
    }
  },
});
