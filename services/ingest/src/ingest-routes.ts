import type { EventStore } from '@touchstone/event-store';
import { dataSchemas, type EventType, envelopeSchema, eventTypes } from '@touchstone/journey';
import { Counter, Gauge, type Keys, problemResponses } from '@touchstone/runtime';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Counts, Traced } from './accept-events.ts';
import { inFlight } from './in-flight.ts';
import { type ReceiveDeps, receiveEvents } from './receive-events.ts';
import { rejectedRoutes } from './rejected-routes.ts';
import { rejectionCodes } from './rejection-codes.ts';

export interface IngestDeps {
  readonly store: EventStore;
  /** Told the log's position after each append that stored something. */
  readonly onAppended?: ((position: bigint) => void) | undefined;
  /** As in {@link ReceiveDeps}. */
  readonly latestTime?: ReceiveDeps['latestTime'];
  /** Today's keys, as the HTTP server has them: what a bound key once sent stays bound when it is decided again. */
  readonly keys: Keys | undefined;
  /** As in {@link ReceiveDeps}. */
  readonly traced?: Traced | undefined;
  /** Events on their way into the store, at most; beyond that publishers get 503 and `Retry-After`, streams wait. */
  readonly eventsInFlightMax?: number | undefined;
  /** Bodies held in memory at once, in bytes. */
  readonly bytesInFlightMax?: number | undefined;
}

/** `POST /v1/events`, `GET /v1/rejected` and `POST /v1/rejected/retry`, for an app made by `createHttpServer`. */
export async function ingestRoutes(app: FastifyInstance, deps: IngestDeps): Promise<void> {
  const receive: ReceiveDeps = {
    store: deps.store,
    latestTime: deps.latestTime,
    onAppended: deps.onAppended,
    onDecided: verdictCounter(app),
    traced: deps.traced,
    eventsInFlight: inFlight(deps.eventsInFlightMax ?? 50_000, 'events'),
    bytesInFlight: inFlight(deps.bytesInFlightMax ?? 256 * 1024 * 1024, 'bytes of bodies'),
  };
  new Gauge({
    name: 'touchstone_events_in_flight',
    help: 'Events on their way into the store.',
    registers: [app.metrics],
    collect() {
      this.set(receive.eventsInFlight.taken);
    },
  });
  await app.register(async (publishing) => {
    // The body is read by the route itself: as bytes, bounded, or line by line.
    publishing.removeAllContentTypeParsers();
    publishing.addContentTypeParser('*', (_request, _payload, done) => done(null));
    publishing.post(
      '/v1/events',
      {
        config: { scope: 'publish' },
        schema: publishSchema,
        // The schema describes; the events are checked one by one, faster, and each has its own verdict.
        validatorCompiler: () => (value) => ({ value }),
      },
      async (request, reply) => {
        const summary = await receiveEvents(receive, request.raw, request.caller);
        return reply.type('application/json; charset=utf-8').send(JSON.stringify(summary));
      },
    );
  });
  await app.register(async (rejected) => rejectedRoutes(rejected, { ...receive, keys: deps.keys }));
}

function verdictCounter(app: FastifyInstance): (counts: Counts) => void {
  const counter = new Counter({
    name: 'touchstone_events_total',
    help: 'Events received, by verdict. Only what is durable counts.',
    labelNames: ['verdict'],
    registers: [app.metrics],
  });
  return ({ accepted, duplicates, conflicts, rejected }) => {
    counter.inc({ verdict: 'accepted' }, accepted);
    if (duplicates > 0) counter.inc({ verdict: 'duplicate' }, duplicates);
    if (conflicts > 0) counter.inc({ verdict: 'conflict' }, conflicts);
    if (rejected > 0) counter.inc({ verdict: 'rejected' }, rejected);
  };
}

function eventSchema(type: EventType) {
  return envelopeSchema.extend({ type: z.literal(type), data: dataSchemas[type] });
}
type EventSchema = ReturnType<typeof eventSchema>;
const publishedEvent = z.discriminatedUnion('type', eventTypes.map(eventSchema) as [EventSchema, ...EventSchema[]]);

const count = z.number().int().min(0);

/** The answer to `POST /v1/events`. */
export const summarySchema = z.object({
  accepted: count,
  duplicates: count.describe('Stored before, with the same content.'),
  conflicts: count.describe(
    'Stored before under the same customer, source and id, with other content. The first stays.',
  ),
  rejected: count,
  position: z
    .string()
    .describe('Position of the log after this request; send it as `Touchstone-After` to read your own writes.'),
  problems: z.array(
    z.object({
      index: count.describe('Among the events of the request, from 0; blank lines do not count.'),
      id: z.string().optional(),
      verdict: z.enum(['rejected', 'conflict']),
      code: z.enum(Object.keys(rejectionCodes) as [keyof typeof rejectionCodes, ...(keyof typeof rejectionCodes)[]]),
      errors: z.array(z.object({ path: z.string(), message: z.string() })),
    }),
  ),
  problemsOmitted: count
    .optional()
    .describe('Problems of a long stream that are counted and kept, but not listed here.'),
});

const publishSchema = {
  summary: 'Publish events',
  description:
    'CloudEvents 1.0, one or many. Each event has its own verdict; what is called accepted is durable. Sending the same again is safe. ' +
    '`time` is required, though CloudEvents leaves it open. What is null is as if it were not there; `data_base64` of JSON is taken for `data`; ' +
    'numbers beyond ±9007199254740991 are sent as text. Extension attributes have names of lower-case letters and digits. ' +
    'Bodies may be compressed (gzip, deflate, br). An event whose `time` lies further ahead of the wall clock than `FUTURE_LIMIT` (a day unless told) is ' +
    'rejected with `time_in_future` and kept: a retry takes it once its time has come.',
  tags: ['Publishing'],
  security: [{ key: [] }],
  consumes: [
    'application/json',
    'application/cloudevents+json',
    'application/cloudevents-batch+json',
    'application/x-ndjson',
  ],
  body: z.union([publishedEvent, z.array(publishedEvent).min(1).max(5000)]),
  response: { 200: summarySchema, ...problemResponses(400, 401, 403, 413, 415, 422, 429, 503) },
};
