import { type Answer, endpoints } from '@touchstone/api';
import { type EventStore, type KeptRejection, REJECTIONS_LISTED_MAX } from '@touchstone/event-store';
import { boundedFaults, type Fault, formatInstant } from '@touchstone/journey';
import {
  endpointSchema,
  holdUntilSent,
  inFlight,
  type Key,
  type Keys,
  mayDo,
  type ZodTypeProvider,
} from '@touchstone/runtime';
import type { FastifyInstance } from 'fastify';
import type { AcceptDeps } from '../decide/accept-events.ts';
import { readingProblem, storeProblem } from '../http/receive-events.ts';
import { retryRejections } from './retry-rejections.ts';

export interface RejectedDeps extends AcceptDeps {
  /** The store, as those who list wait for it. */
  readonly listed: Pick<EventStore, 'listRejections'>;
  readonly keys: Keys | undefined;
}

const { listRejectedEvents, retryRejectedEvents } = endpoints;

/** Upper limit of the characters of pages that are being made or not received yet. */
export const REJECTED_IN_FLIGHT_MAX = 16 * 1024 * 1024;

/** Routes that list rejected inputs and decide them again. */
export function rejectedRoutes(plain: FastifyInstance, deps: RejectedDeps): void {
  const app = plain.withTypeProvider<ZodTypeProvider>();
  const held = inFlight(REJECTED_IN_FLIGHT_MAX, 'characters of rejections');
  app.get(
    listRejectedEvents.path,
    { config: { scope: listRejectedEvents.scope }, schema: endpointSchema(listRejectedEvents) },
    async (request, reply) => {
      const { limit, cursor, resolved } = request.query;
      holdUntilSent(reply, held.hold(request.caller?.name), REJECTIONS_LISTED_MAX);
      return listPage(deps.listed, limit, cursor === undefined ? 0n : BigInt(cursor), resolved === 'true');
    },
  );
  app.post(
    retryRejectedEvents.path,
    { config: { scope: retryRejectedEvents.scope }, schema: endpointSchema(retryRejectedEvents) },
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

function toItem(row: KeptRejection): Answer<typeof listRejectedEvents>['items'][number] {
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
