import { z } from 'zod';
import { complaintNews } from '../complaints.ts';
import { id, normalised, rating } from '../fields.ts';
import { commonData } from './common-data.ts';
import { checkRating, eventType } from './event-type.ts';

/** The company asked after a complaint once more. */
export const complaintFollowedUp = eventType({
  name: 'touchstone.complaint.followed-up.v1',
  data: z.object({ ...commonData, complaintId: id, satisfaction: rating.optional() }),
  checkMeaning: (data, faults) => checkRating(faults, 'data.satisfaction', data.satisfaction),
  apply(_measures, state, { data, time }, _journey, _weighed, changes) {
    const news = complaintNews(state, data.complaintId, changes);
    news.followedUpAt ??= time;
    if (data.satisfaction !== undefined) news.followUpSatisfaction ??= normalised(data.satisfaction);
  },
});
