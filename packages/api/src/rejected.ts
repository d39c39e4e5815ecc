import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { anyParameters } from './parameters.ts';
import { inputErrorSchema } from './problem.ts';

const rejectionId = z.string().regex(/^\d{1,18}$/, 'must be the id of a rejection: digits');

const rejectedEvent = z
  .object({
    id: z.string(),
    code: z.string(),
    errors: z.array(inputErrorSchema),
    payload: z.string().describe('What was sent, as text.'),
    payloadBase64: z.string().optional().describe('The same whole, where it was not text.'),
    eventId: z.string().optional(),
    source: z.string().optional(),
    subject: z.string().optional(),
    origin: z.string().describe('`http`, `http:<key>`, or `kafka:<topic>/<partition>/<offset>`.'),
    rejectedAt: z.string(),
    resolvedAt: z.string().nullable(),
  })
  .meta({ id: 'RejectedEvent' });

export const listRejectedEvents = endpoint({
  id: 'listRejectedEvents',
  method: 'GET',
  path: '/v1/rejected',
  tag: 'Publishing',
  summary: 'What was rejected or in conflict, with its payload and the reason, oldest first',
  scope: 'read',
  waits: 'never',
  query: z.strictObject({
    limit: z.coerce.number<string>().int().min(1).max(500).default(50),
    cursor: rejectionId.optional(),
    resolved: z.enum(['true', 'false']).default('false').meta({
      type: 'boolean',
      enum: undefined,
      default: false,
      description: 'Also those that a retry has resolved.',
    }),
  }),
  answer: z
    .object({ items: z.array(rejectedEvent), nextCursor: z.string().nullable() })
    .meta({ id: 'RejectedEventPage' }),
  answerMeaning: 'A page of them',
});

export const retryRejectedEvents = endpoint({
  id: 'retryRejectedEvents',
  method: 'POST',
  path: '/v1/rejected/retry',
  tag: 'Publishing',
  summary: "Decide rejected events again, under today's rules",
  scope: 'admin',
  waits: 'never',
  query: anyParameters,
  body: z
    .strictObject({
      ids: z.array(rejectionId).min(1).max(5000).optional().describe('All open ones if left out.'),
    })
    .nullish()
    .meta({ id: 'RejectedRetryRequest', examples: [{}] }),
  answer: z
    .object({
      retried: z.number().int(),
      accepted: z.number().int(),
      duplicates: z.number().int(),
      conflicts: z.number().int(),
      rejected: z.number().int(),
      position: z.string(),
    })
    .meta({ id: 'RejectedRetry' }),
  answerMeaning: 'What came of them',
  problems: [404],
});
