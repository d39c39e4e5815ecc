import { z } from 'zod';
import { inputErrorSchema, problemSchema } from './problem.ts';
import { type RejectionCode, rejectionCodes } from './rejection-codes.ts';

/** The outcome of publishing, which the server answers and the client reads. */

const count = z.number().int().min(0);
const position = z
  .string()
  .describe('Position of the log after this request; send it as `Touchstone-After` to read your own writes.');

export const eventProblem = z
  .object({
    index: count.describe('Among the events of the request, from 0; blank lines do not count.'),
    id: z.string().optional(),
    verdict: z.enum(['rejected', 'conflict']).meta({ id: 'EventVerdict' }),
    code: z.enum(Object.keys(rejectionCodes) as [RejectionCode, ...RejectionCode[]]).meta({ id: 'RejectionCode' }),
    errors: z.array(inputErrorSchema),
  })
  .meta({ id: 'EventProblem' });

const verdicts = {
  accepted: count,
  duplicates: count.describe('Stored before, with the same content.'),
  conflicts: count.describe(
    'Stored before under the same customer, source and id, with other content. The first stays.',
  ),
  rejected: count,
  problems: z.array(eventProblem),
};
const problemsOmitted = count
  .optional()
  .describe('Problems of a long stream that are counted and kept, but not listed here.');

/** The answer to `POST /v1/events`. */
export const publishSummary = z.object({ ...verdicts, position, problemsOmitted }).meta({ id: 'PublishSummary' });

export const nothingAccepted = problemSchema
  .extend({ ...verdicts, position: position.optional(), problemsOmitted })
  .meta({
    id: 'NothingAccepted',
    description: 'A problem document with the counts, and what was wrong with each event',
  });

export const publishProblem = problemSchema
  .extend({ ...z.object(verdicts).partial().shape, position: position.optional(), problemsOmitted })
  .meta({
    id: 'PublishProblem',
    description: 'A problem document; of a stream that broke off, with the counts of what was decided before',
  });
