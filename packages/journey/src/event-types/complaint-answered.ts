import { z } from 'zod';
import { complaintNews } from '../complaints.ts';
import { id } from '../fields.ts';
import { commonData } from './common-data.ts';
import { eventType } from './event-type.ts';

/** The company replied to a complaint. */
export const complaintAnswered = eventType({
  name: 'touchstone.complaint.answered.v1',
  data: z.object({ ...commonData, complaintId: id }),
  apply(_measures, state, { data, time }, _journey, _weighed, changes) {
    const news = complaintNews(state, data.complaintId, changes);
    news.answeredAt = news.answeredAt === null ? time : Math.min(news.answeredAt, time);
  },
});
