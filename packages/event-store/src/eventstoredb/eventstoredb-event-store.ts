import type { OnDamaged } from '../damaged-event.ts';
import { eventsOfPages } from '../events-of-pages.ts';
import { checkSpan } from '../minute-counts.ts';
import { PAGE_LENGTH } from '../page-end.ts';
import { type EventStore, EventStoreError, type StoredEvent, type StreamRange } from '../port.ts';
import { PUBLISHED_PREFIX } from '../published-streams.ts';
import { APPEND_BYTES_MAX, type AppendLimit, appendLimit } from './append/append-limit.ts';
import { APPENDS_IN_FLIGHT_MAX, eventStoreDbAppender } from './append/appender.ts';
import { eventStoreDbClient } from './client.ts';
import { eventStoreDbConnection, type Timing } from './connection.ts';
import { cutOfStream, type OnCut } from './cuts.ts';
import { undefinedIfErased } from './failure.ts';
import { eventStoreDbCounts } from './log-counts.ts';
import { knownHistory } from './log-history.ts';
import { isReserved, streamNames } from './names.ts';
import { checkServer } from './opening.ts';
import { type DecodedEvent, decodeEvent } from './record.ts';
import { type RecordingTo, recordedPages } from './recording.ts';
import { refusedInWords } from './refusal.ts';
import { eventStoreDbRejections } from './rejections.ts';
import { type KnownSeal, knownSeal } from './seal-stream.ts';
import { type FollowOptions, follow, type LogAccess, lastPosition, portError } from './subscribe/follow.ts';

export { APPENDS_IN_FLIGHT_MAX };

export interface EventStoreDbOptions {
  /**
   * The client's connection string: `esdb://host:2113?tls=false`, `esdb://h1,h2,h3`,
   * `esdb+discover://cluster`.
   */
  readonly url: string;
  /**
   * Prefix of every stream's name, so that several systems can share one database; also
   * `namespace=` in the URL. Consists of letters, digits, `.`, `_` and `-`, and must never change
   * for a log.
   */
  readonly namespace?: string;
  /**
   * Most bytes of one append: 1 MiB by default, the server's `MaxAppendSize` up to version 25.0,
   * and at most 15 MiB. The adapter detects a server that takes less.
   */
  readonly maxAppendBytes?: number;
  /** Streams appended to concurrently; {@link APPENDS_IN_FLIGHT_MAX} by default. */
  readonly appendsInFlight?: number | undefined;
  /** Size of the cache of event identities, some 200 bytes each. */
  readonly identitiesCached?: number;
  readonly timing?: Partial<Timing>;
  /**
   * Greatest clock skew of the server, ms; with more the store does not open. More than 1 s causes
   * a warning.
   */
  readonly clockSkewMaxMs?: number;
  /**
   * Called for each problem overcome: a client replaced, a subscription reopened. The default emits
   * a process warning.
   */
  readonly warn?: (what: string) => void;
  readonly onDamaged?: OnDamaged | undefined;
  /**
   * Called with published streams whose beginning was found missing, perhaps repeatedly for one
   * stream.
   */
  readonly onCut?: OnCut | undefined;
  /**
   * Called each time the server ended a subscription because its reader was too slow; the reader
   * then reads in pages.
   */
  readonly onTooSlow?: (() => void) | undefined;
}

const DEFAULT_TIMING: Timing = { callMs: 5_000, operationMs: 15_000, idleMs: 10_000 };
const PAGE_SIZE = 1_000;

/**
 * The event store in EventStoreDB or KurrentDB. Throws {@link EventStoreError}: `unavailable` if no
 * server answers, `refused` if it is older than 22.10 or its clock is too far from ours.
 */
export async function eventStoreDbEventStore(options: EventStoreDbOptions): Promise<EventStore> {
  return (await openEventStoreDb(options)).store;
}

/** The parts of a store, for a copy of the log. */
export interface OpenedEventStoreDb {
  readonly log: LogAccess;
  readonly limit: AppendLimit;
  readonly seal: KnownSeal;
  readonly rejections: ReturnType<typeof eventStoreDbRejections>;
  readonly store: EventStore;
}

/**
 * Opens the parts of a store; `mayFill` is set by a copy, which no seal stops. Throws as
 * {@link eventStoreDbEventStore}.
 */
export async function openEventStoreDb(options: EventStoreDbOptions, mayFill = false): Promise<OpenedEventStoreDb> {
  const warn = options.warn ?? ((what: string) => process.emitWarning(what, 'EventStoreDB'));
  const { url, namespace } = withoutNamespace(options);
  const names = streamNames(namespace);
  const maxAppendBytes = Math.min(options.maxAppendBytes ?? APPEND_BYTES_MAX, 15 * APPEND_BYTES_MAX);
  const connection = eventStoreDbConnection(
    (onBroken) => connect(url, onBroken),
    { ...DEFAULT_TIMING, ...options.timing },
    warn,
  );
  try {
    const saysCaughtUp = await checkServer(connection, names.own('clock'), options.clockSkewMaxMs ?? 60_000, warn);
    // Without permission to read the log, opening fails now and not at the first read.
    await lastPosition({ connection, names });
    const history = knownHistory(connection, names, warn);
    await history.identity();
    const { onDamaged, onTooSlow, onCut } = options;
    const log = { connection, names, history, saysCaughtUp, warn, onDamaged, onTooSlow, onCut };
    const limit = appendLimit(connection, maxAppendBytes);
    return compose(log, limit, knownSeal(connection, names, mayFill), options);
  } catch (error) {
    connection.close();
    throw refusedInWords(error, url);
  }
}

/**
 * Removes `namespace` from the URL, because the client would warn of a key that it does not know.
 */
function withoutNamespace(options: EventStoreDbOptions): { url: string; namespace: string } {
  const [address = '', query = ''] = options.url.split(/\?(.*)/s);
  const keys = query.split('&').filter((pair) => pair !== '');
  const given = keys.find((pair) => pair.toLowerCase().startsWith('namespace='));
  const namespace = options.namespace ?? decodeURIComponent(given?.slice('namespace='.length) ?? '');
  if (namespace !== '' && (!/^[\w.-]+$/.test(namespace) || isReserved(namespace))) {
    throw new EventStoreError(
      'refused',
      `the namespace ${JSON.stringify(namespace)} is not made of letters, digits, ".", "_" and "-", or is taken`,
    );
  }
  const rest = keys.filter((pair) => pair !== given).join('&');
  return { url: rest === '' ? address : `${address}?${rest}`, namespace };
}

function connect(url: string, onBroken: () => void) {
  try {
    return eventStoreDbClient(url, onBroken);
  } catch (error) {
    // The client quotes the string around the mistake, including a password.
    const reason = (error as Error).message.replace(/^Unexpected ".*" at position/s, 'unexpected text at position');
    throw new EventStoreError('refused', `The connection string of EventStoreDB is not valid: ${reason}`);
  }
}

// biome-ignore lint/complexity/noExcessiveLinesPerFunction: the members of the port, in the order of the port.
function compose(
  log: LogAccess,
  limit: AppendLimit,
  seal: KnownSeal,
  options: EventStoreDbOptions,
): OpenedEventStoreDb {
  const { connection, history } = log;
  const appender = eventStoreDbAppender(log, {
    limit,
    seal,
    appendsInFlight: options.appendsInFlight ?? APPENDS_IN_FLIGHT_MAX,
    identitiesCached: options.identitiesCached ?? 200_000,
  });
  const head = (): Promise<bigint> => lastPosition(log);
  const readAsStamped = (after: bigint, upTo: bigint) => readBetween(log, upTo, { after, pageSize: PAGE_SIZE });
  const appendedNothing = async () => ({ outcomes: [], position: await head() });
  const { counts, countMinutes, recordingTo, received } = eventStoreDbCounts(log, limit, head, readAsStamped);
  const rejections = eventStoreDbRejections(log, limit, seal, recordingTo);
  let isClosed = false;
  let underWay = 0;
  let quiet = (): void => {};
  const atRest = new Promise<void>((resolve) => {
    quiet = () => {
      if (isClosed && underWay === 0) resolve();
    };
  });

  /**
   * Runs an operation of the port: refuses it after `close`, which waits for those under way, and
   * translates failures into errors of the port.
   */
  const begin = async <T>(operation: () => Promise<T>): Promise<T> => {
    if (isClosed) throw new EventStoreError('closed', 'the event store is closed');
    underWay += 1;
    try {
      return await operation();
    } catch (error) {
      throw portError(error);
    } finally {
      underWay -= 1;
      quiet();
    }
  };

  const store: EventStore = {
    identity: () => begin(history.identity),
    holds: (proof) => begin(() => history.holds(proof)),
    append: (events, options) =>
      begin(() => (events.length === 0 ? appendedNothing() : appender.append(events, options))),
    appendBytesMax: limit.bytes,
    streamPages: (stream, range) => streamPages(log, recordingTo, stream, range, begin),
    readStream: (stream, range) => eventsOfPages(streamPages(log, recordingTo, stream, range, begin)),
    async *readAll({ after = 0n, upTo, pageSize = PAGE_SIZE, streamPrefix, history } = {}) {
      const now = await begin(head);
      const end = upTo === undefined || upTo > now ? now : upTo;
      const options = { after, pageSize, streamPrefix, recordingTo, history };
      for await (const page of readBetween(log, end, options)) yield page.map(({ event }) => event);
    },
    async *subscribe({ after = 0n, upTo, pageSize = PAGE_SIZE, streamPrefix, signal, history }) {
      if (isClosed) throw new EventStoreError('closed', 'the event store is closed');
      const onReceived = streamPrefix === undefined ? received : undefined;
      const following = { after, pageSize, streamPrefix, signal, recordingTo, onReceived, history };
      for await (const item of follow(log, following)) {
        if (item.kind === 'caughtUp') {
          yield item;
          if (upTo !== undefined && item.position >= upTo) return;
          continue;
        }
        const events = item.events.map(({ event }) => event);
        const wanted = upTo === undefined ? events : events.filter(({ position }) => position <= upTo);
        if (wanted.length > 0) yield { kind: 'events', events: wanted };
        if (wanted.length < events.length) return;
      }
    },
    cutOf: async (stream) => {
      const cut = await begin(() => cutOfStream(log, stream));
      // Reports only a stream with nothing left; a reader of the stream reports any other cut.
      if (cut?.from === null && stream.startsWith(PUBLISHED_PREFIX)) log.onCut?.(stream, 'read', -1);
      return cut;
    },
    head: () => begin(head),
    greatestTime: () => begin(async () => (await counts()).greatestTime),
    counts: () =>
      begin(async () => {
        const { accepted, stored } = await counts();
        return { accepted, stored };
      }),
    lastRecordedAt: () => begin(async () => (await counts()).recordedAt || null),
    countMinutes: async (options) => {
      checkSpan(options);
      return begin(() => countMinutes(options)).catch((error: unknown) => {
        throw options.signal?.aborted ? options.signal.reason : error;
      });
    },
    keepRejections: (kept) => begin(() => rejections.keep(kept)),
    listRejections: (query) => begin(() => rejections.list(query)),
    getRejections: (ids) => begin(() => rejections.get(ids)),
    resolveRejections: (ids) => begin(() => rejections.resolve(ids)),
    async close() {
      isClosed = true;
      quiet();
      await atRest;
      connection.close();
    },
  };
  return { log, limit, seal, rejections, store };
}

/** Events in the first page of a stream, which may be long. */
const FIRST_PAGE_SIZE = 100;

/**
 * Reads a stream from its first event, so that an event's recording time does not depend on where
 * the reader began.
 */
async function* streamPages(
  { connection, names, onDamaged, onCut }: LogAccess,
  recordingTo: RecordingTo,
  stream: string,
  { after = 0n, upTo, skip = 0 }: StreamRange = {},
  begin: <T>(operation: () => Promise<T>) => Promise<T>,
): AsyncGenerator<readonly StoredEvent[]> {
  const recorded = recordedPages(recordingTo);
  let count = FIRST_PAGE_SIZE;
  let toSkip = skip;
  for (let from = 0; ; ) {
    const asked = count;
    const request = { stream: names.inDatabase(stream), from, count: asked };
    // A stream deleted for good reads like one that never existed; `cutOf` tells them apart.
    const records = (await begin(() => connection.collect(request).catch(undefinedIfErased))) ?? [];
    const first = from === 0 ? records[0]?.revision : undefined;
    if (first !== undefined && first > 0 && stream.startsWith(PUBLISHED_PREFIX)) onCut?.(stream, 'read', first);
    const found: DecodedEvent[] = [];
    let length = 0;
    for (const record of records) {
      from = record.revision + 1;
      const decoded = decodeEvent(record, names, onDamaged);
      if (!decoded) continue;
      const { event } = decoded;
      length += event.body.length;
      if (upTo === undefined || event.position <= upTo) found.push(decoded);
    }
    const page = (await begin(() => recorded(found))).filter(({ position }) => position > after && toSkip-- <= 0);
    if (page.length > 0) yield page;
    const isBeyond = upTo !== undefined && (records.at(-1)?.position ?? 0n) >= upTo;
    if (records.length < asked || isBeyond) return;
    // Sets the size of the next page by the length of this page's events.
    count = Math.max(1, Math.min(PAGE_SIZE, Math.floor((PAGE_LENGTH * records.length) / Math.max(1, length))));
  }
}

async function* readBetween(log: LogAccess, upTo: bigint, options: FollowOptions): AsyncGenerator<DecodedEvent[]> {
  if (upTo <= options.after) return;
  const giveUpMs = log.connection.timing.operationMs;
  for await (const item of follow(log, { ...options, giveUpMs })) {
    if (item.kind === 'events') {
      const page = item.events.filter(({ event }) => event.position <= upTo);
      if (page.length > 0) yield page;
      const last = item.events.at(-1)?.event.position ?? 0n;
      if (last >= upTo) return;
    } else if (item.position >= upTo) {
      return;
    }
  }
  // `follow` ends by itself only when the store is closed.
  throw new EventStoreError('closed', 'the event store was closed while the log was read');
}
