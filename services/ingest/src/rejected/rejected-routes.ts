import { type EventStore, type KeptRejection, REJECTIONS_LISTED_MAX } from '@touchstone/event-store';
import { boundedFaults, type Fault, formatInstant } from '@touchstone/journey';
import {
  holdUntilSent,
  inFlight,
  inputErrorSchema,
  type Key,
  type Keys,
  mayDo,
  problemResponses,
  type ZodTypeProvider,
} from '@touchstone/runtime';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { AcceptDeps } from '../decide/accept-events.ts';
import { readingProblem, storeProblem } from '../http/receive-events.ts';
import { retryRejections } from './retry-rejections.ts';

export interface RejectedDeps extends AcceptDeps {
  /** The store, as those who list wait for it. */
  readonly listed: Pick<EventStore, 'listRejections'>;
  readonly keys: Keys | undefined;
}

const rejectionId = z.string().regex(/^\d{1,18}$/, 'must be the id of a rejection: digits');

const rejectedItem = z
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

const rejectedPage = z
  .object({ items: z.array(rejectedItem), nextCursor: z.string().nullable() })
  .meta({ id: 'RejectedEventPage' });

const retryAnswer = z
  .object({
    retried: z.number().int(),
    accepted: z.number().int(),
    duplicates: z.number().int(),
    conflicts: z.number().int(),
    rejected: z.number().int(),
    position: z.string(),
  })
  .meta({ id: 'RejectedRetry' });

/** Upper limit of the characters of pages that are being made or not received yet. */
export const REJECTED_IN_FLIGHT_MAX = 16 * 1024 * 1024;

/** Routes that list rejected inputs and decide them again. */
export function rejectedRoutes(plain: FastifyInstance, deps: RejectedDeps): void {
  const app = plain.withTypeProvider<ZodTypeProvider>();
  const held = inFlight(REJECTED_IN_FLIGHT_MAX, 'characters of rejections');
  app.get(
    '/v1/rejected',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'listRejectedEvents',
        summary: 'What was rejected or in conflict, with its payload and the reason, oldest first',
        tags: ['Publishing'],
        querystring: z.strictObject({
          limit: z.coerce.number().int().min(1).max(500).default(50),
          cursor: rejectionId.optional(),
          resolved: z.enum(['true', 'false']).default('false').meta({
            type: 'boolean',
            enum: undefined,
            default: false,
            description: 'Also those that a retry has resolved.',
          }),
        }),
        response: {
          200: { description: 'A page of them', content: { 'application/json': { schema: rejectedPage } } },
        },
      },
    },
    async (request, reply) => {
      const { limit, cursor, resolved } = request.query;
      holdUntilSent(reply, held.hold(request.caller?.name), REJECTIONS_LISTED_MAX);
      return listPage(deps.listed, limit, cursor === undefined ? 0n : BigInt(cursor), resolved === 'true');
    },
  );
  app.post(
    '/v1/rejected/retry',
    {
      config: { scope: 'admin' },
      schema: {
        operationId: 'retryRejectedEvents',
        summary: "Decide rejected events again, under today's rules",
        tags: ['Publishing'],
        body: z
          .strictObject({
            ids: z.array(rejectionId).min(1).max(5000).optional().describe('All open ones if left out.'),
          })
          .nullish()
          .meta({ id: 'RejectedRetryRequest', examples: [{}] }),
        response: {
          200: { description: 'What came of them', content: { 'application/json': { schema: retryAnswer } } },
          ...problemResponses(404),
        },
      },
    },
    async (request) => {
      const ids = request.body?.ids?.map(BigInt);
      try {
        const { position, ...counts } = await retryRejections(deps, ids, (origin) => publisherOf(origin, deps.keys));
        return { ...counts, position: String(position) };
      } catch (error) {
        throw storeProblem(error);
      }
    },
  );
}

/**
 * The key that an event came by, so that a bound key's event stays bound when another user retries
 * it. A key that is no longer in force, or may no longer publish, publishes nothing.
 */
function publisherOf(origin: string, keys: Keys | undefined): Key | undefined {
  const name = /^http:(.+)$/.exec(origin)?.[1];
  if (name === undefined || keys === undefined) return undefined;
  const key = keys.named(name);
  return key !== undefined && mayDo(key, 'publish') ? key : { name, hash: '', scopes: [], sources: [] };
}

/** A page ends early if its payloads are large; `nextCursor` says whether there is more. */
async function listPage(store: RejectedDeps['listed'], limit: number, after: bigint, includeResolved: boolean) {
  try {
    const rows = await store.listRejections({ after, limit, includeResolved });
    const last = rows.at(-1)?.rejectionId;
    const isLast =
      last === undefined || (await store.listRejections({ after: last, limit: 1, includeResolved })).length === 0;
    return { items: rows.map(toItem), nextCursor: isLast ? null : String(last) };
  } catch (error) {
    throw readingProblem(error);
  }
}

function toItem(row: KeptRejection): z.infer<typeof rejectedItem> {
  const { code, payload, payloadBase64, eventId, source, subject, origin } = row;
  return {
    id: String(row.rejectionId),
    code,
    // Rejections kept before faults were bounded may have faults as long as the input.
    errors: [...boundedFaults(JSON.parse(row.errors) as Fault[])],
    payload,
    ...(payloadBase64 == null ? {} : { payloadBase64 }),
    ...(eventId == null ? {} : { eventId }),
    ...(source == null ? {} : { source }),
    ...(subject == null ? {} : { subject }),
    origin,
    rejectedAt: formatInstant(row.rejectedAt),
    resolvedAt: row.resolvedAt === null ? null : formatInstant(row.resolvedAt),
  };
}
