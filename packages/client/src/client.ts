import type { Answer, Call, Endpoint } from '@touchstone/api';
import { addressOf } from '@touchstone/api/address';
import { exportEvents } from '@touchstone/api/exporting';
import { followLive as liveEndpoint } from '@touchstone/api/live';
import { type Download, download } from './download.ts';
import { type EventsPage, type EventsQuery, readEventsPage } from './events-page.ts';
import { followLive, type LiveItem, type LiveQuery } from './follow-live.ts';
import { type EventToPublish, type PublishSummary, publishEvents } from './publish-events.ts';
import { type ClientOptions, sendRequest } from './send-request.ts';

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface ReadOptions {
  /** Position of a {@link PublishSummary}: answer once the read model has reached it. */
  readonly after?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Client {
  /** Publishes events in batches of 500; safe to repeat. Throws a `PublishError`. */
  publish(
    events: Iterable<EventToPublish> | AsyncIterable<EventToPublish>,
    options?: { readonly signal?: AbortSignal },
  ): Promise<PublishSummary>;
  /**
   * Calls an endpoint of `@touchstone/api`, e.g.
   * `call(endpoints.listJourneys, { query: { type: 'order' } })`; throws a `TouchstoneError`.
   * The answer has the endpoint's type, but the client does not validate it.
   */
  call<E extends Endpoint>(endpoint: E, asked: Call<E>, options?: ReadOptions): Promise<Answer<E>>;
  /**
   * Reads a route, e.g. `get('/v1/journeys', { type: 'order', limit: 10 })`.
   * @throws TouchstoneError
   */
  get(path: string, query?: Query, options?: ReadOptions): Promise<unknown>;
  /**
   * Sends a query that has a body, e.g. `post('/v1/analytics/funnel', {…})`.
   * @throws TouchstoneError
   */
  post(path: string, body: unknown, options?: ReadOptions): Promise<unknown>;
  /** Writes a definition. Throws a `TouchstoneError`. */
  put(path: string, body: unknown, options?: ReadOptions): Promise<unknown>;
  /**
   * Reads a page of the published events; the caller goes on from `next` until it is `end`.
   * @throws TouchstoneError, UnreachableError
   */
  eventsPage(query?: EventsQuery, options?: Pick<ReadOptions, 'signal'>): Promise<EventsPage>;
  /**
   * Requests a file, without retries, e.g. `download('/v1/backup')`.
   * @throws TouchstoneError, UnreachableError
   */
  download(path: string, signal?: AbortSignal): Promise<Download>;
  /**
   * Follows published events as they are stored, from now on or from a position on, until the
   * signal aborts; connects again by itself and goes on where it was.
   * @throws TouchstoneError, UnreachableError
   */
  live(
    query?: LiveQuery,
    options?: { readonly after?: string | undefined; readonly signal?: AbortSignal | undefined },
  ): AsyncIterable<LiveItem>;
  /** Sends a DELETE, which ends or removes the resource at the path. Throws a `TouchstoneError`. */
  delete(path: string, options?: Pick<ReadOptions, 'signal'>): Promise<unknown>;
}

/** A client of one Touchstone. It holds no connection and needs no closing. */
export function createClient(options: ClientOptions): Client {
  if (!URL.canParse(options.url)) throw new TypeError(`url must be like http://127.0.0.1:4700; it is ${options.url}`);
  const send = (method: Endpoint['method'], path: string, body: unknown, read: ReadOptions) =>
    sendRequest(options, path, {
      method,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...afterHeader(read) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: read.signal,
    });
  return {
    publish: (events, { signal } = {}) => publishEvents(options, events, signal),
    call: async <E extends Endpoint>(endpoint: E, asked: Call<E>, read: ReadOptions = {}) =>
      (await send(endpoint.method, addressOf(endpoint, asked), asked.body, read)) as Answer<E>,
    get: (path, query = {}, read = {}) => send('GET', withQuery(path, query), undefined, read),
    post: (path, body, read = {}) => send('POST', path, body, read),
    put: (path, body, read = {}) => send('PUT', path, body, read),
    eventsPage: (query = {}, { signal } = {}) =>
      readEventsPage(options, addressOf(exportEvents, { query: { ...query, after: query.after?.toString() } }), signal),
    download: (path, signal) => download(options, path, signal),
    live: (query = {}, following = {}) => followLive(options, addressOf(liveEndpoint, { query }), following),
    delete: (path, read = {}) => send('DELETE', path, undefined, read),
  };
}

function afterHeader({ after }: ReadOptions): Record<string, string> {
  return after === undefined ? {} : { 'touchstone-after': after };
}

function withQuery(path: string, query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value));
  return parameters.size === 0 ? path : `${path}?${parameters}`;
}
