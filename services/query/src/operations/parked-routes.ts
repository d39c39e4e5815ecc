import { randomUUID } from 'node:crypto';
import type { EventStore, EventToAppend } from '@touchstone/event-store';
import { changesStream, parkedRetryEvent } from '@touchstone/journey';
import { type ClickHouse, listParked, type ParkedItem } from '@touchstone/read-models';
import { Problem } from '@touchstone/runtime';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import * as answers from '../answers/answers.ts';
import { pageParameters } from '../answers/parameters.ts';
import { readModelFor } from '../asker.ts';
import type { App, QueryDeps } from '../deps.ts';
import { described } from '../description/describe-route.ts';
import { waitForPosition } from '../waits/after-position.ts';

const parked = z.strictObject({
  limit: pageParameters.limit,
  cursor: z
    .string()
    .regex(/^\d{1,19}$/, 'must be the nextCursor of a page')
    .transform(BigInt)
    .describe('`nextCursor` of the page before')
    .optional(),
});

const UINT64_MAX = 18_446_744_073_709_551_615n;
const POSITION_WORDS = 'must be the position of a parked event: digits';
/** As text: a position may exceed what a double holds. */
const parkedPosition = z
  .string()
  .regex(/^\d{1,20}$/, { error: POSITION_WORDS, abort: true })
  .refine((text) => BigInt(text) <= UINT64_MAX, POSITION_WORDS);

const retryBody = z
  .strictObject({
    positions: z.array(parkedPosition).min(1).max(5000).describe('All that are parked if left out').optional(),
  })
  .nullish()
  .meta({ id: 'ParkedRetryRequest', examples: [{}] });

/** What could not be taken, and asking for it to be tried again. */
export const parkedRoutes: FastifyPluginAsyncZod<QueryDeps> = async (app, deps) => {
  serveParked(app, deps);
  serveRetry(app, deps);
};

function serveParked(app: App, deps: QueryDeps): void {
  const route = described({
    id: 'listParkedEvents',
    tag: 'Running',
    summary: 'Stored events that the measurement could not take, in the order of the log',
    answer: answers.parkedPage,
  });
  app.get(
    '/v1/parked',
    { ...route, schema: { ...route.schema, querystring: parked }, preHandler: waitForPosition(deps) },
    async ({ query: { limit, cursor = 0n }, asker }) => {
      const rows = await listParked(...readModelFor(deps, asker), { limit, after: cursor });
      const items = rows.map((row) => ({ ...row, position: String(row.position) }));
      // A full last page is followed by an empty one: what is parked is seldom, and mostly nothing.
      return { items, nextCursor: items.length < limit ? null : items.at(-1)!.position };
    },
  );
}

function serveRetry(app: App, deps: QueryDeps): void {
  const route = described(
    {
      id: 'retryParkedEvents',
      tag: 'Running',
      summary: 'Try parked events again, as after an update that can read them',
      description:
        'The request is appended to the log of each customer, as `touchstone.change.parked-retried.v1`, and every read model takes it from there: what can be taken now is measured at its own place among the events of its customer, and is parked no longer; what cannot stays parked, with the new reason.',
      answer: answers.parkedRetryAnswer,
      problems: [404],
    },
    'admin',
  );
  app.post(
    '/v1/parked/retry',
    {
      ...route,
      schema: { ...route.schema, querystring: z.strictObject({}), body: retryBody },
      preHandler: waitForPosition(deps),
    },
    async ({ body, asker }) => {
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
      return { asked, position: String(await appendRetries(deps.store, byCustomer, await deps.now())) };
    },
  );
}

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
/** Of one event, and of one append: many are many events, none of them large. */
const POSITIONS_MAX = 1000;
const APPEND_MAX = 1000;

/** Resolves to the position of the log by which all is asked for. */
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
