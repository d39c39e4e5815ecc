import { hash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { textWithoutSecrets } from '@touchstone/runtime';
import { LRUCache } from 'lru-cache';
import { isDamaged } from '../damaged-event.ts';
import { lastOf } from '../eventstoredb/connection.ts';
import {
  type EventStoreDbOptions,
  type OpenedEventStoreDb,
  openEventStoreDb,
} from '../eventstoredb/eventstoredb-event-store.ts';
import { EventStoreDbFailure, undefinedIfErased } from '../eventstoredb/failure.ts';
import { claimsOf, encodeEvent } from '../eventstoredb/record.ts';
import { SEAL_SEEN_MS } from '../eventstoredb/seal-stream.ts';
import { portError } from '../eventstoredb/subscribe/follow.ts';
import { EventStoreError, type StoredEvent } from '../port.ts';
import { appendAlone, appendsInOrder, type OrderedAppend } from './appends-in-order.ts';
import { asCopied, type CopySide, type CopyTarget, eachOf, LISTED_AT_ONCE, listedRejections } from './sides.ts';

/** Size of the cache of stream revisions, which spare an append a read. */
const REVISIONS_KEPT = 1_000_000;

export async function eventStoreDbCopySource(options: EventStoreDbOptions): Promise<CopySide> {
  return sideOf(await openEventStoreDb(options), options.url);
}

export async function eventStoreDbCopyTarget(options: EventStoreDbOptions, inFlight: number): Promise<CopyTarget> {
  const opened = await openEventStoreDb(options, true);
  const { rejections } = opened;
  return {
    ...sideOf(opened, options.url),
    setSeal: (seal) => opened.seal.write(seal),
    append: copiedAppends(opened, inFlight),
    async positionOf(stream, { source, id }) {
      let position: bigint | undefined;
      for await (const event of eachOf(opened.store.streamPages(stream))) {
        if (event.source === source && event.id === id) position = event.position;
      }
      return position;
    },
    async keepRejections(kept) {
      const sent = kept.map(({ rejectionId, rejectedAt, resolvedAt, ...rejection }) => rejection);
      await rejections.keep(
        sent,
        kept.map(({ rejectedAt }) => rejectedAt),
      );
    },
    resolveRejections: (ids, resolvedAt) => rejections.resolve(ids, resolvedAt),
  };
}

function sideOf({ store, seal, log }: OpenedEventStoreDb, url: string): CopySide {
  return {
    place: textWithoutSecrets(url),
    identity: store.identity,
    head: store.head,
    events: (after) => store.readAll({ after }),
    firstOf: async (stream, after) => (await eachOf(store.streamPages(stream, { after })).next()).value,
    rejections: () =>
      listedRejections((after) => store.listRejections({ after, limit: LISTED_AT_ONCE, includeResolved: true })),
    seal: seal.read,
    async setSeal(next) {
      await seal.write(next);
      // Until then another process may not know of the seal, and its earlier appends may still be
      // on their way.
      await pause(SEAL_SEEN_MS + log.connection.timing.callMs);
    },
    liftSeal: () => seal.write(undefined),
    close: store.close,
  };
}

/**
 * Appends in the order of the source, several at a time if `inFlight` says so. Event ids derive
 * from the log and the source position, so that appends which a killed copy sent are recognised
 * when they are sent again.
 */
function copiedAppends({ log, limit }: OpenedEventStoreDb, inFlight: number): CopyTarget['append'] {
  const { connection, names } = log;
  const revisions = new LRUCache<string, number>({ max: REVISIONS_KEPT });
  const many = appendsInOrder(connection, inFlight);
  let lastRecordedAt = 0;
  /** An append with more bytes than any before may be too large, and so goes alone. */
  let takenBytes = 0;

  const learnRevisions = async (events: readonly { readonly stream: string }[]): Promise<void> => {
    const unknown = new Set(
      events.map(({ stream }) => names.inDatabase(stream)).filter((name) => !revisions.has(name)),
    );
    await Promise.all(
      [...unknown].map(async (name) => {
        const last = await lastOf(connection, name).catch(undefinedIfErased);
        revisions.set(name, last?.revision ?? -1);
      }),
    );
  };
  /** False if the server turned out to take less in one append than was known. */
  const appendFirstOfSize = async (run: OrderedAppend, first: StoredEvent, bytes: number): Promise<boolean> => {
    await many.settled();
    try {
      await appendAlone(connection, run);
    } catch (error) {
      if (limit.lower(error, bytes) && run.events.length > 1) return false;
      throw copyErrorOf(error, { event: first, bytes, maxBytes: limit.bytes() });
    }
    takenBytes = Math.max(takenBytes, bytes);
    return true;
  };

  const appendAll = async (events: readonly StoredEvent[], source: string, signal: AbortSignal): Promise<void> => {
    for (let from = 0; from < events.length; ) {
      signal.throwIfAborted();
      const run = runFrom(events, from, limit.bytes());
      const stream = names.inDatabase(run[0]!.stream);
      const wire = run.map((event, at) => {
        const data = Buffer.from(event.body, 'utf8');
        const eventId = copiedId(source, event.position);
        return encodeEvent(event, stream, { eventId, data }, at === 0 ? claimsOf(run) : [], event.recordedAt);
      });
      const bytes = wire.reduce(
        (sum, { data, metadata, type }) => sum + data.length + metadata.length + 2 * type.length,
        0,
      );
      const expected = revisions.get(stream) ?? -1;
      const ordered = { stream, expected, events: wire };
      if (inFlight > 1 && bytes <= takenBytes) await many.send(ordered);
      else if (!(await appendFirstOfSize(ordered, run[0]!, bytes))) continue;
      revisions.set(stream, expected + run.length);
      from += run.length;
    }
    await many.settled();
  };

  return async (events, source, signal) => {
    const copied = events.map((event) => {
      const one = asCopied(event, isDamaged(event), lastRecordedAt);
      lastRecordedAt = one.recordedAt;
      return one;
    });
    try {
      await learnRevisions(copied);
      await appendAll(copied, source, signal);
    } catch (error) {
      await many.landed();
      throw error instanceof EventStoreDbFailure ? portError(error) : error;
    }
  };
}

/**
 * The events of one append: consecutive events of one stream with one recording time, because an
 * append has a single time.
 */
function runFrom(events: readonly StoredEvent[], from: number, maxBytes: number): StoredEvent[] {
  const { stream, recordedAt } = events[from]!;
  const run: StoredEvent[] = [];
  let bytes = 0;
  for (let at = from; at < events.length; at++) {
    const event = events[at]!;
    bytes += 3 * event.body.length + BESIDE_BODY_BYTES;
    if (event.stream !== stream || event.recordedAt !== recordedAt || (bytes > maxBytes && run.length > 0)) break;
    run.push(event);
  }
  return run;
}

/** Bytes of an event besides its body, estimated generously. */
const BESIDE_BODY_BYTES = 2_048;

/** A UUID of version 8, derived from the log and the position instead of at random. */
function copiedId(log: string, position: bigint): string {
  const hex = hash('sha256', `${log}\n${position}`, 'hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

interface Untaken {
  readonly event: StoredEvent;
  readonly bytes: number;
  readonly maxBytes: number;
}

function copyErrorOf(error: unknown, { event, bytes, maxBytes }: Untaken): unknown {
  if (!(error instanceof EventStoreDbFailure)) return error;
  const { stream, position, id } = event;
  if (error.kind === 'tooLarge') {
    return new EventStoreError(
      'refused',
      `The event ${JSON.stringify(id)} at position ${position} has ${bytes} bytes with what stands beside it; EventStoreDB takes ${maxBytes} in one append. What to do: raise its MaxAppendSize, and run this again.`,
    );
  }
  if (error.kind !== 'conflict') return portError(error);
  return new EventStoreError(
    'refused',
    `Stream ${JSON.stringify(stream)} is written by somebody else, or was deleted, while it is filled. What to do: stop whatever uses that database, and begin anew in an empty one, or with a \`namespace\` of its own.`,
  );
}
