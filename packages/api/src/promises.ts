import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { instant, pageOf, promiseState } from './fields.ts';
import { flagParameter, idParameter, instantParameter, namedOrNot, pageParameters } from './parameters.ts';

const promise = z
  .strictObject({
    id: z.string(),
    customerId: z.string(),
    expected: z
      .boolean()
      .describe('True: the definition of its journey expects it (`expects`); false: somebody published it'),
    journeyId: z.string().nullable(),
    journeyType: z.string().nullable(),
    touchpoint: z.string().nullable(),
    what: z.string().nullable(),
    madeAt: instant,
    dueAt: instant,
    state: promiseState,
    closedAt: instant.nullable(),
  })
  .meta({ id: 'Promise' });

export const listPromises = endpoint({
  id: 'listPromises',
  method: 'GET',
  path: '/v1/promises',
  tag: 'Ledgers',
  summary: 'Promises, by due date',
  description:
    'Filters by `touchpoint`, `journeyType`, `team`, `site` and `what` list the promises behind a row of the report; an empty value means those without one.',
  scope: 'read',
  waits: 'rows',
  query: z.strictObject({
    customerId: idParameter.optional(),
    journeyId: idParameter.optional(),
    state: promiseState.optional(),
    expected: flagParameter.describe('true: only those that definitions expect; false: only published ones').optional(),
    touchpoint: namedOrNot.optional(),
    journeyType: namedOrNot.optional(),
    team: namedOrNot.describe('Of the actor of the event that opened it').optional(),
    site: namedOrNot.describe('Of that actor').optional(),
    what: namedOrNot.optional(),
    dueFrom: instantParameter.describe('Due at or after').optional(),
    dueTo: instantParameter.describe('Due before').optional(),
    ...pageParameters,
  }),
  answer: pageOf('PromisePage', promise),
});
