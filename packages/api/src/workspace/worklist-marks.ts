import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { instant } from '../fields.ts';
import { idParameter, instantParameter, noParameters } from '../parameters.ts';
import { worklistStates } from '../vocabulary.ts';

const state = z.enum(worklistStates).meta({ id: 'WorklistState' });

/** A mark that somebody put on a customer of the worklist. */
export const worklistMark = z
  .strictObject({
    state,
    by: z.string(),
    at: instant,
    until: instant.nullable().describe('Of one that is put off; null otherwise'),
    note: z.string(),
  })
  .meta({ id: 'WorklistMark' });

export const markWorklist = endpoint({
  id: 'markWorklist',
  method: 'PUT',
  path: '/v1/worklist/:customerId/mark',
  tag: 'Workspace',
  summary: 'Take a customer of the worklist, put them off, or be done with them',
  description:
    'Kept in the log. The worklist shows the latest mark of each customer; with `todo=true` it leaves out who is put off, until then, and who is done, until something new happens to them, or for a year. `open` takes the mark back.',
  scope: 'read',
  waits: 'nothing',
  params: z.strictObject({ customerId: idParameter }),
  query: noParameters,
  body: z
    .strictObject({
      state,
      by: z.string().min(1).max(256).describe('Who marks; the name of the key unless told').optional(),
      until: instantParameter.describe('Needed, in the future, for one that is put off').optional(),
      note: z.string().max(1_000).default(''),
    })
    .check((context) => {
      const { state: wanted, until } = context.value;
      if ((wanted === 'snoozed') === (until !== undefined)) return;
      const message = wanted === 'snoozed' ? 'is needed for `snoozed`' : 'goes with `snoozed` alone';
      context.issues.push({ code: 'custom', input: context.value, path: ['until'], message });
    })
    .meta({ id: 'WorklistMarkRequest', examples: [{ state: 'taken', by: 'ada', note: 'calls today' }] }),
  answer: worklistMark,
  problems: [422],
});
