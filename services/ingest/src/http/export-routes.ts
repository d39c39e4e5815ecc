import { goneFrom } from '@touchstone/customer-folds';
import { type EventStore, EXPORTED_EVENTS_MAX, EXPORTED_LENGTH_MAX, readExportPage } from '@touchstone/event-store';
import { holdUntilSent, inFlight, Problem, problemResponses, type ZodTypeProvider } from '@touchstone/runtime';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { readingProblem } from './receive-events.ts';

/** Upper limit of the characters of pages held in memory until their readers have received them. */
export const EXPORTED_IN_FLIGHT_MAX = 64 * 1024 * 1024;

const MEDIA_TYPE = 'application/x-ndjson';

const eventLines = z.string().meta({
  id: 'ExportedEventLines',
  description:
    'A CloudEvent on each line, as it was published, with `touchstoneposition` and `touchstonerecordedat` beside its own attributes. Publishing takes it as it is.',
});

/** Serves the log page by page, as it was published; `touchstone export` uses it. */
export function exportRoutes(plain: FastifyInstance, { store }: { readonly store: EventStore }): void {
  const app = plain.withTypeProvider<ZodTypeProvider>();
  const goneOf = goneFrom(store);
  const held = inFlight(EXPORTED_IN_FLIGHT_MAX, 'characters of exported events');
  app.get(
    '/v1/events',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'exportEvents',
        summary: 'Published events in the order of the log, a page at a time',
        description:
          'The header `touchstone-next-position` is the `after` of the next page, `touchstone-end-position` where the log ended: all of it has been read once the two are equal. `touchstone-events` counts the lines. A page may be shorter than `limit`, and empty, before the end. Events of customers who were deleted or truncated in the event store are left out once the log says so. An event that is damaged is told by a line of the type `touchstone.event.damaged.v1`, and counted in `touchstone-damaged`.',
        tags: ['Publishing'],
        querystring: z.strictObject({
          after: z
            .string()
            .regex(/^\d{1,20}$/, 'must be a position of the log: digits')
            .default('0')
            .describe('Events after this position of the log'),
          limit: z.coerce.number().int().min(1).max(EXPORTED_EVENTS_MAX).default(1000).describe('Events, at most'),
          customer: z.string().min(1).max(256).describe('Only events of this customer').optional(),
          type: z.string().min(1).max(256).describe('Only events of this CloudEvents type').optional(),
        }),
        response: {
          200: { description: 'A page of them', content: { [MEDIA_TYPE]: { schema: eventLines } } },
          ...problemResponses(409),
        },
      },
      serializerCompiler: () => String,
    },
    async ({ query, caller }, reply) => {
      holdUntilSent(reply, held.hold(caller?.name), EXPORTED_LENGTH_MAX);
      const after = BigInt(query.after);
      const page = await readExportPage(store, { ...query, after }, goneOf).catch((error: unknown) => {
        throw readingProblem(error);
      });
      if (after > page.end) throw beyondLog(after, page.end);
      return reply
        .type(MEDIA_TYPE)
        .headers({
          'touchstone-next-position': String(page.next),
          'touchstone-end-position': String(page.end),
          'touchstone-events': String(page.events),
          'touchstone-damaged': String(page.damaged),
        })
        .send(page.lines);
    },
  );
}

function beyondLog(after: bigint, end: bigint): Problem {
  return new Problem('position_beyond_log', `The log ends at ${end}: ${after} is a position of another, or of none.`, {
    errors: [{ path: 'after', message: `lies beyond the end of the log, ${end}` }],
    extensions: { end: String(end) },
  });
}
