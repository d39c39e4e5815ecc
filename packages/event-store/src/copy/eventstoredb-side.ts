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
import { EventStoreDbFailure } from '../eventstoredb/failure.ts';
import { claimsOf, encodeEvent } from '../eventstoredb/record.ts';
import { SEAL_SEEN_MS } from '../eventstoredb/seal-stream.ts';
import { portError } from '../eventstoredb/subscribe/follow.ts';
import type { WireEvent } from '../eventstoredb/wire.ts';
import { EventStoreError, type StoredEvent } from '../port.ts';
import { asCopied, type CopySide, type CopyTarget, eachOf, LISTED_AT_ONCE, listedRejections } from './sides.ts';

/** Size of the cache of stream revisions, which spare an append a read. */
const REVISIONS_KEPT = 1_000_000;

export async function eventStoreDbCopySource(options: EventStoreDbOptions): Promise<CopySide> {
  return sideOf(await openEventStoreDb(options), options.url);
}

export async function eventStoreDbCopyTarget(options: EventStoreDbOptions): Promise<CopyTarget> {
  const opened = await openEventStoreDb(options, true);
  const { rejections } = opened;
  return {
    ...sideOf(opened, options.url),
    setSeal: (seal) => opened.seal.write(seal),
    append: copiedAppends(opened),
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
 * Appends one batch at a time: if one of several in flight failed, those after it would be stored
 * before it for good. Event ids derive from the log and the source position, so that appends which
 * a killed copy sent are recognised when they are sent again.
 */
function copiedAppends({ log, limit }: OpenedEventStoreDb): CopyTarget['append'] {
  const { connection, names } = log;
  const revisions = new LRUCache<string, number>({ max: REVISIONS_KEPT });
  let lastRecordedAt = 0;

  const appendRun = async (stream: string, run: readonly WireEvent[]): Promise<void> => {
    let expected = revisions.peek(stream);
    for (let attempt = 0; attempt < 2; attempt++) {
      try {
        revisions.set(stream, (await connection.append(stream, expected ?? -1, run)).revision);
        return;
      } catch (error) {
        if (!(error instanceof EventStoreDbFailure) || error.kind !== 'conflict') throw error;
        const last = await lastOf(connection, stream);
        // A killed copy had sent these, and they arrived late.
        if (last !== undefined && last.eventId === run.at(-1)!.eventId) {
          revisions.set(stream, last.revision);
          return;
        }
        if (last === undefined || expected !== undefined) break;
        expected = last.revision;
      }
    }
    throw new EventStoreError(
      'refused',
      `Stream ${JSON.stringify(stream)} is written by somebody else, or was deleted, while it is filled. What to do: stop whatever uses that database, and begin anew in an empty one, or with a \`namespace\` of its own.`,
    );
  };

  return async (events, source, signal) => {
    const copied = events.map((event) => {
      const one = asCopied(event, isDamaged(event), lastRecordedAt);
      lastRecordedAt = one.recordedAt;
      return one;
    });
    for (let from = 0; from < copied.length; ) {
      signal.throwIfAborted();
      const run = runFrom(copied, from, limit.bytes());
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
      try {
        await appendRun(stream, wire);
        from += run.length;
      } catch (error) {
        if (limit.lower(error, bytes) && run.length > 1) continue;
        const { kind } = error as Partial<EventStoreDbFailure>;
        throw kind === 'tooLarge' ? tooLarge(run[0]!, bytes, limit.bytes()) : portError(error);
      }
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

function tooLarge({ position, id }: StoredEvent, bytes: number, maxBytes: number): EventStoreError {
  return new EventStoreError(
    'refused',
    `The event ${JSON.stringify(id)} at position ${position} has ${bytes} bytes with what stands beside it; EventStoreDB takes ${maxBytes} in one append. What to do: raise its MaxAppendSize, and run this again.`,
  );
}
