import { endpoints } from '@touchstone/api';
import { goneFrom } from '@touchstone/customer-folds';
import { type EventStore, EXPORTED_LENGTH_MAX, readExportPage } from '@touchstone/event-store';
import { endpointSchema, holdUntilSent, inFlight, Problem, type ZodTypeProvider } from '@touchstone/runtime';
import type { FastifyInstance } from 'fastify';
import { readingProblem } from './receive-events.ts';

/** Upper limit of the characters of pages held in memory until their readers have received them. */
export const EXPORTED_IN_FLIGHT_MAX = 64 * 1024 * 1024;

const { exportEvents } = endpoints;

/** Serves the log page by page, as it was published; `touchstone export` uses it. */
export function exportRoutes(plain: FastifyInstance, { store }: { readonly store: EventStore }): void {
  const app = plain.withTypeProvider<ZodTypeProvider>();
  const goneOf = goneFrom(store);
  const held = inFlight(EXPORTED_IN_FLIGHT_MAX, 'characters of exported events');
  app.get(
    exportEvents.path,
    { config: { scope: exportEvents.scope }, schema: endpointSchema(exportEvents), serializerCompiler: () => String },
    async ({ query, caller }, reply) => {
      holdUntilSent(reply, held.hold(caller?.name), EXPORTED_LENGTH_MAX);
      const after = BigInt(query.after);
      const page = await readExportPage(store, { ...query, after }, goneOf).catch((error: unknown) => {
        throw readingProblem(error);
      });
      if (after > page.end) throw beyondLog(after, page.end);
      return reply
        .type(exportEvents.answerType)
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
