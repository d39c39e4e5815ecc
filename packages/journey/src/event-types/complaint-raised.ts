import { z } from 'zod';
import { raiseComplaint } from '../complaints.ts';
import { id, name } from '../fields.ts';
import { commonData } from './common-data.ts';
import { eventType } from './event-type.ts';

const data = z.object({
  ...commonData,
  complaintId: id,
  touchpoint: name.optional(),
  channel: name.optional(),
  severity: z
    .union([z.string().max(128), z.number()])
    .meta({ id: 'Severity' })
    .optional(),
});
export type ComplaintRaised = z.infer<typeof data>;

/** A customer complained. */
export const complaintRaised = eventType({
  name: 'touchstone.complaint.raised.v1',
  data,
  apply: (measures, state, event, journey, _weighed, changes) =>
    raiseComplaint(measures, state, event, journey, changes),
});
