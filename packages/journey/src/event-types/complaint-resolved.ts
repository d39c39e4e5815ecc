import { z } from 'zod';
import { resolveByNews } from '../complaints.ts';
import { id, normalised, rating } from '../fields.ts';
import { commonData } from './common-data.ts';
import { checkRating, eventType } from './event-type.ts';

/** A complaint is settled, and how satisfied the customer is with that. */
export const complaintResolved = eventType({
  name: 'touchstone.complaint.resolved.v1',
  data: z.object({
    ...commonData,
    complaintId: id,
    firstContact: z.boolean().optional(),
    satisfaction: rating.optional(),
  }),
  checkMeaning: (data, faults) => checkRating(faults, 'data.satisfaction', data.satisfaction),
  apply(_measures, state, { data, time }, _journey, _weighed, changes) {
    const { complaintId, satisfaction, firstContact } = data;
    const resolution = {
      at: time,
      satisfaction: satisfaction === undefined ? null : normalised(satisfaction),
      firstContact: firstContact ?? null,
    };
    resolveByNews(state, complaintId, resolution, changes);
  },
});
