import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { instant, pageOf } from './fields.ts';
import { flagParameter, idParameter, instantParameter, namedOrNot, pageParameters } from './parameters.ts';
import { complaintStates } from './vocabulary.ts';

const complaint = z
  .strictObject({
    id: z.string(),
    customerId: z.string(),
    journeyId: z.string().nullable(),
    journeyType: z.string().nullable(),
    touchpoint: z.string().nullable(),
    channel: z.string().nullable(),
    severity: z.string().nullable(),
    raisedAt: instant,
    answeredAt: instant.nullable(),
    resolvedAt: instant.nullable(),
    followedUpAt: instant.nullable(),
    firstContact: z.boolean().nullable(),
    satisfaction: z.number().min(1).max(5).nullable(),
  })
  .meta({ id: 'Complaint' });

export const listComplaints = endpoint({
  id: 'listComplaints',
  method: 'GET',
  path: '/v1/complaints',
  tag: 'Ledgers',
  summary: 'Complaints, the latest raised first',
  description:
    'Filters by `touchpoint`, `journeyType`, `channel`, `severity`, `team` and `site` list the complaints behind a row of the report; an empty value means those without one.',
  scope: 'read',
  waits: 'rows',
  query: z.strictObject({
    customerId: idParameter.optional(),
    journeyId: idParameter.optional(),
    state: z.enum(complaintStates).meta({ id: 'ComplaintState' }).optional(),
    answered: flagParameter.describe('Only those with a reply or a resolution, or only those without').optional(),
    touchpoint: namedOrNot.optional(),
    journeyType: namedOrNot.optional(),
    channel: namedOrNot.optional(),
    severity: namedOrNot.optional(),
    team: namedOrNot.describe('Of the actor of the event that raised it').optional(),
    site: namedOrNot.describe('Of that actor').optional(),
    raisedFrom: instantParameter.describe('Raised at or after').optional(),
    raisedTo: instantParameter.describe('Raised before').optional(),
    ...pageParameters,
  }),
  answer: pageOf('ComplaintPage', complaint),
});
