import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { instant, pageOf, score, stage } from './fields.ts';
import { idParameter, instantParameter, nameParameter, pageParameters } from './parameters.ts';

/** A move of a customer between trust stages. */
export const trustMove = z
  .strictObject({
    from: stage,
    to: stage,
    at: instant,
    because: z.string(),
    satisfaction: score
      .nullable()
      .describe(
        'Just before the move. Null only in lists of a read model of an earlier version, until it is filled anew',
      ),
  })
  .meta({ id: 'TrustMove' });

export const trustChange = z.strictObject({ customerId: z.string(), ...trustMove.shape }).meta({ id: 'TrustChange' });

export const listTrustChanges = endpoint({
  id: 'listTrustChanges',
  method: 'GET',
  path: '/v1/trust-changes',
  tag: 'Ledgers',
  summary: 'Moves between trust stages, the latest first',
  scope: 'read',
  waits: 'rows',
  query: z.strictObject({
    customerId: idParameter.optional(),
    because: nameParameter.describe('Why: earned, idle, satisfaction-low, …').optional(),
    fromStage: stage.describe('Moves out of this stage').optional(),
    toStage: stage.describe('Moves into this stage').optional(),
    from: instantParameter.describe('Moved at or after').optional(),
    to: instantParameter.describe('Moved before').optional(),
    ...pageParameters,
  }),
  answer: pageOf('TrustChangePage', trustChange),
});
