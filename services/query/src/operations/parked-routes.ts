import { randomUUID } from 'node:crypto';
import { endpoints } from '@touchstone/api';
import type { EventStore, EventToAppend } from '@touchstone/event-store';
import { changesStream, parkedRetryEvent } from '@touchstone/journey';
import { type ClickHouse, listParked, type ParkedItem } from '@touchstone/read-models';
import { Problem } from '@touchstone/runtime';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { readModelFor } from '../asker.ts';
import type { QueryDeps } from '../deps.ts';
import { serveEndpoint } from '../serve-endpoint.ts';

/** Lists the events that the projector parked, and asks it to retry them. */
export const parkedRoutes: FastifyPluginAsyncZod<QueryDeps> = async (app, deps) => {
  serveEndpoint(app, deps, endpoints.listParkedEvents, async ({ query: { limit, cursor = 0n }, asker }) => {
    const items = await listParked(...readModelFor(deps, asker), { limit, after: cursor });
    // After a full last page the caller gets an empty one, which is rare: few events are ever
    // parked.
    return { items, nextCursor: items.length < limit ? null : String(items.at(-1)!.position) };
  });
  serveEndpoint(app, deps, endpoints.retryParkedEvents, async ({ body, asker }) => {
    const readModel = readModelFor(deps, asker);
    const items = body?.positions === undefined ? allParked(...readModel) : parkedAmong(...readModel, body.positions);
    const byCustomer = new Map<string, bigint[]>();
    let asked = 0;
    for await (const { customerId, position } of items) {
      const positions = byCustomer.get(customerId);
      if (positions === undefined) byCustomer.set(customerId, [position]);
      else positions.push(position);
      asked++;
    }
    return { asked, position: await appendRetries(deps.store, byCustomer, await deps.now()) };
  });
};

const PAGE = 500;

async function* allParked(clickhouse: ClickHouse, generation: number): AsyncGenerator<ParkedItem> {
  for (let after = 0n; ; ) {
    const page = await listParked(clickhouse, generation, { after, limit: PAGE });
    yield* page;
    if (page.length < PAGE) return;
    after = page.at(-1)!.position;
  }
}

/** @throws Problem `not_found` that names those which are not parked; then nothing is asked for. */
async function* parkedAmong(
  clickhouse: ClickHouse,
  generation: number,
  given: readonly string[],
): AsyncGenerator<ParkedItem> {
  const positions = [...new Set(given.map(BigInt))];
  const found: ParkedItem[] = [];
  for (let from = 0; from < positions.length; from += PAGE) {
    const some = positions.slice(from, from + PAGE);
    found.push(...(await listParked(clickhouse, generation, { positions: some, limit: PAGE })));
  }
  const known = new Set(found.map(({ position }) => position));
  const errors = given.flatMap((text, index) =>
    known.has(BigInt(text)) ? [] : [{ path: `positions.${index}`, message: `${text} is not parked` }],
  );
  if (errors.length > 0) {
    const named = errors.slice(0, NAMED_MAX).map(({ message }) => message);
    const more = errors.length > NAMED_MAX ? `; and ${errors.length - NAMED_MAX} more` : '';
    throw new Problem('not_found', `${named.join('; ')}${more}. GET /v1/parked lists what is; nothing was retried.`, {
      errors,
    });
  }
  yield* found;
}

const NAMED_MAX = 5;
/** Positions in one event, and events in one append, so that no event grows large. */
const POSITIONS_MAX = 1000;
const APPEND_MAX = 1000;

/** Resolves to the log position up to which all retries have been requested. */
async function appendRetries(
  store: EventStore,
  byCustomer: ReadonlyMap<string, readonly bigint[]>,
  at: number,
): Promise<bigint> {
  const events: EventToAppend[] = [];
  for (const [customerId, positions] of byCustomer) {
    for (let from = 0; from < positions.length; from += POSITIONS_MAX) {
      const some = positions.slice(from, from + POSITIONS_MAX);
      const event = parkedRetryEvent(customerId, some, { id: randomUUID(), at });
      const { id, source, type } = event;
      events.push({ stream: changesStream(customerId), id, source, type, time: at, body: JSON.stringify(event) });
    }
  }
  if (events.length === 0) return store.head();
  let position = 0n;
  for (let from = 0; from < events.length; from += APPEND_MAX) {
    ({ position } = await store.append(events.slice(from, from + APPEND_MAX)));
  }
  return position;
}
