import { type Answer, endpoints } from '@touchstone/api';
import { type EventStore, patientReads, type RejectionsSize } from '@touchstone/event-store';
import {
  BODIES_IN_FLIGHT_BYTES_MAX,
  Counter,
  endpointSchema,
  Gauge,
  inFlight,
  type Key,
  type Keys,
  keyNow,
  mayDo,
  Problem,
} from '@touchstone/runtime';
import type { FastifyInstance } from 'fastify';
import type { Counts, Traced } from '../decide/accept-events.ts';
import { prepareDecisions } from '../decide/decide-event.ts';
import { rejectedRoutes } from '../rejected/rejected-routes.ts';
import { exportRoutes } from './export-routes.ts';
import { parsingRoom } from './parsing-room.ts';
import { isStream, type ReceiveDeps, receiveEvents } from './receive-events.ts';

export interface IngestDeps {
  readonly store: EventStore;
  /** How long a reader waits for a log that answers nobody, ms; left out: as long as it takes. */
  readonly logPatienceMs?: number | undefined;
  /** Called with the log's position after each append that stored something. */
  readonly onAppended?: ((position: bigint) => void) | undefined;
  /** See {@link ReceiveDeps}. */
  readonly limited?: ReceiveDeps['limited'];
  readonly latestTime?: ReceiveDeps['latestTime'];
  /**
   * The keys of the HTTP server as they are now, so that a rejection that came by a bound key stays
   * bound when it is retried.
   */
  readonly keys: Keys | undefined;
  /** See {@link ReceiveDeps}. */
  readonly traced?: Traced | undefined;
  /**
   * Upper limit of the events on their way into the store. Beyond it publishers get 503 with
   * `Retry-After`, and streams wait.
   */
  readonly eventsInFlightMax?: number | undefined;
  /** Upper limit of the bodies held in memory, in bytes. */
  readonly bytesInFlightMax?: number | undefined;
}

const { publishEvents } = endpoints;

export const EVENTS_IN_FLIGHT_MAX = 50_000;

/**
 * `POST` and `GET /v1/events`, `GET /v1/rejected` and `POST /v1/rejected/retry`, for an app made by
 * `createHttpServer`.
 */
export async function ingestRoutes(app: FastifyInstance, deps: IngestDeps): Promise<void> {
  const receive: ReceiveDeps = {
    store: deps.store,
    limited: deps.limited,
    latestTime: deps.latestTime,
    onAppended: deps.onAppended,
    onDecided: verdictCounter(app),
    traced: deps.traced,
    eventsInFlight: inFlight(deps.eventsInFlightMax ?? EVENTS_IN_FLIGHT_MAX, 'events'),
    bytesInFlight: inFlight(deps.bytesInFlightMax ?? BODIES_IN_FLIGHT_BYTES_MAX, 'bytes of bodies'),
    parsing: parsingRoom(),
  };
  new Gauge({
    name: 'touchstone_events_in_flight',
    help: 'Events on their way into the store.',
    registers: [app.metrics],
    collect() {
      this.set(receive.eventsInFlight.taken);
    },
  });
  measureRejections(app, deps);
  app.addHook('onListen', async () => prepareDecisions());
  await app.register(async (publishing) => {
    // The route reads the body itself: as bytes, bounded, or line by line.
    publishing.removeAllContentTypeParsers();
    publishing.addContentTypeParser('*', (_request, _payload, done) => done(null));
    publishing.post(
      publishEvents.path,
      {
        config: { scope: publishEvents.scope, mayStream: isStream },
        schema: endpointSchema(publishEvents),
        // The schema only documents the route; each event is checked by faster code and gets its
        // own verdict.
        validatorCompiler: () => (value) => ({ value }),
      },
      async (request, reply) => {
        const { caller } = request;
        // Asked at each block, because a stream may take an hour to arrive.
        const publisher = () => (caller === null ? null : publisherNow(deps.keys, caller));
        const summary: Answer<typeof publishEvents> = await receiveEvents(receive, request.raw, publisher);
        return reply.type('application/json; charset=utf-8').send(JSON.stringify(summary));
      },
    );
  });
  const { store, keys, logPatienceMs } = deps;
  const read = logPatienceMs === undefined ? store : patientReads(store, logPatienceMs).store;
  await app.register(async (exported) => exportRoutes(exported, { store: read }));
  await app.register(async (rejected) => rejectedRoutes(rejected, { ...receive, listed: read, keys }));
}

/**
 * The publisher's key as it is now.
 * @throws Problem if the key may no longer publish.
 */
function publisherNow(keys: Keys | undefined, caller: Key): Key {
  const key = keyNow(keys, caller);
  if (key === undefined) throw new Problem('unknown_key', `The key ${caller.name} is no longer in force.`);
  if (!mayDo(key, 'publish')) throw new Problem('forbidden', `The key ${caller.name} may no longer publish.`);
  return key;
}

/** No metrics for a store whose server limits the rejections. */
function measureRejections(app: FastifyInstance, { store }: Pick<IngestDeps, 'store'>): void {
  const measure = (name: string, help: string, figure: (size: RejectionsSize) => number) =>
    new Gauge({
      name,
      help,
      registers: [app.metrics],
      async collect() {
        const size = await store.rejectionsSize?.();
        if (size === undefined) this.remove();
        else this.set(figure(size));
      },
    });
  measure('touchstone_rejections_bytes', 'What the rejections that are kept take.', ({ bytes }) => bytes);
  measure(
    'touchstone_rejections_given_up',
    'Rejections that were given up for newer ones since the start.',
    ({ givenUp }) => givenUp,
  );
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
