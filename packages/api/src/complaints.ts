import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { instant, pageOf } from './fields.ts';
import { idParameter, instantParameter, pageParameters } from './parameters.ts';
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
  scope: 'read',
  waits: 'rows',
  query: z.strictObject({
    customerId: idParameter.optional(),
    journeyId: idParameter.optional(),
    state: z.enum(complaintStates).meta({ id: 'ComplaintState' }).optional(),
    raisedFrom: instantParameter.describe('Raised at or after').optional(),
    raisedTo: instantParameter.describe('Raised before').optional(),
    ...pageParameters,
  }),
  answer: pageOf('ComplaintPage', complaint),
});
