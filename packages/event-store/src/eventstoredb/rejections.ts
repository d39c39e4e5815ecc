import { randomUUID } from 'node:crypto';
import { Mutex } from 'async-mutex';
import { EventStoreError, type KeptRejection, REJECTIONS_LISTED_MAX, type Rejection } from '../port.ts';
import { readRejection } from '../read-rejection.ts';
import type { AppendLimit } from './append/append-limit.ts';
import { type Connection, lastOf } from './connection.ts';
import { EventStoreDbFailure } from './failure.ts';
import { type RecordingTo, recordedAtOf } from './recording.ts';
import type { KnownSeal } from './seal-stream.ts';
import type { LogAccess } from './subscribe/follow.ts';
import type { WireEvent, WireRecord } from './wire.ts';

const PAGE = 200;
/** Rejections of one page, all held in memory; each may be large. */
const REJECTIONS_PAGE = 20;
/** Ids in one event. */
const RESOLVED_AT_ONCE = 1_000;
const ID_BYTES = 24;

/**
 * Keeps rejections and their resolutions, each in a stream, with times never before those of the
 * log around them. Caches which are resolved, in some 50 bytes per resolved rejection.
 */
export function eventStoreDbRejections(
  { connection, names, history }: LogAccess,
  limit: AppendLimit,
  seal: KnownSeal,
  recordingTo: RecordingTo,
) {
  // A rejection's id is its revision in this stream plus one, so that 0 is before the first.
  const rejectionsStream = names.own('rejections');
  // Each event lists rejections that are resolved.
  const resolutionsStream = names.own('resolutions');
  const keep = exactAppends(connection, seal, rejectionsStream);
  const resolve = exactAppends(connection, seal, resolutionsStream);

  const whenWritten = writtenBy(recordingTo);
  const resolutions = knownResolutions({ connection, history }, resolutionsStream, whenWritten);

  const kept = (records: readonly WireRecord[]) => keptIn(records, whenWritten, resolutions);

  return {
    /** `times`: when each was rejected; only a copy passes it. */
    async keep(rejections: readonly Rejection[], times?: readonly number[]): Promise<readonly bigint[]> {
      const ids: bigint[] = [];
      while (ids.length < rejections.length) {
        await limit.retry(async () => {
          const chunk = fittingTogether(rejections, times, ids.length, limit.bytes());
          const last = await keep(chunk);
          for (const index of chunk.keys()) ids.push(BigInt(last - chunk.length + 1 + index) + 1n);
        });
      }
      return ids;
    },

    async list({
      after = 0n,
      limit,
      includeResolved = false,
    }: {
      after?: bigint;
      limit: number;
      includeResolved?: boolean;
    }): Promise<KeptRejection[]> {
      await resolutions.refresh();
      const found: KeptRejection[] = [];
      let length = 0;
      for (let from = Number(after); found.length < limit; ) {
        const records = (await connection.collect({ stream: rejectionsStream, from, count: REJECTIONS_PAGE })) ?? [];
        const rejections = await kept(records);
        for (const [at, rejection] of rejections.entries()) {
          from = records[at]!.revision + 1;
          if (!includeResolved && rejection.resolvedAt !== null) continue;
          found.push(rejection);
          length += records[at]!.data.length;
          if (found.length === limit || length >= REJECTIONS_LISTED_MAX) return found;
        }
        if (records.length < REJECTIONS_PAGE) break;
      }
      return found;
    },

    async get(ids: readonly bigint[]): Promise<KeptRejection[]> {
      await resolutions.refresh();
      const reads = ids.map(async (id) => {
        if (id < 1n) return undefined;
        const [record] =
          (await connection.collect({ stream: rejectionsStream, from: Number(id - 1n), count: 1 })) ?? [];
        return record;
      });
      return kept((await Promise.all(reads)).filter((record) => record !== undefined));
    },

    /** `time`: when these were resolved; only a copy passes it. */
    async resolve(ids: readonly bigint[], time?: number): Promise<void> {
      await resolutions.refresh();
      const open = [...new Set(ids)].filter((id) => resolutions.resolvedAt(id) === undefined);
      for (let start = 0; start < open.length; ) {
        await limit.retry(async () => {
          const ids = open.slice(start, start + Math.min(RESOLVED_AT_ONCE, Math.floor(limit.bytes() / ID_BYTES)));
          await resolve([wireEvent('resolution', { ids: ids.map(String) }, time)]);
          start += ids.length;
        });
      }
      await resolutions.refresh();
    },
  };
}

type WhenWritten = (records: readonly WireRecord[]) => Promise<(record: WireRecord) => number>;

/** Gives a function that says at which time each of the records was written. */
function writtenBy(recordingTo: RecordingTo): WhenWritten {
  return async (records) => {
    let last = 0n;
    for (const { position } of records) if (position > last) last = position;
    const known = await recordingTo(last);
    return ({ position, createdAt, metadata }) => copiedTime(metadata) ?? recordedAtOf(known, position, createdAt);
  };
}

async function keptIn(
  records: readonly WireRecord[],
  whenWritten: WhenWritten,
  { resolvedAt }: Pick<ReturnType<typeof knownResolutions>, 'resolvedAt'>,
): Promise<KeptRejection[]> {
  const when = await whenWritten(records);
  return records.map((record) => {
    const rejectionId = BigInt(record.revision) + 1n;
    return {
      ...readRejection(record.data),
      rejectionId,
      rejectedAt: when(record),
      resolvedAt: resolvedAt(rejectionId) ?? null,
    };
  });
}

/** Caches which rejections are resolved, and when; each read continues where the last stopped. */
function knownResolutions(
  { connection, history }: Pick<LogAccess, 'connection' | 'history'>,
  stream: string,
  whenWritten: WhenWritten,
) {
  const resolvedAt = new Map<bigint, number>();
  const refreshing = new Mutex();
  let revisionsRead = 0;
  history.onPutBack(() => {
    resolvedAt.clear();
    revisionsRead = 0;
  });
  const readOn = async (): Promise<void> => {
    for (;;) {
      const records = (await connection.collect({ stream, from: revisionsRead, count: PAGE })) ?? [];
      const when = await whenWritten(records);
      for (const record of records) {
        for (const id of idsIn(record.data)) if (!resolvedAt.has(id)) resolvedAt.set(id, when(record));
        revisionsRead = record.revision + 1;
      }
      if (records.length < PAGE) return;
    }
  };
  return {
    resolvedAt: (id: bigint) => resolvedAt.get(id),
    refresh: (): Promise<void> => refreshing.runExclusive(readOn),
  };
}

/**
 * Appends to a stream that any process may append to, at exact revisions, so that a retry after a
 * lost answer never stores anything twice. Returns the revision of the last event.
 */
function exactAppends(
  connection: Connection,
  seal: KnownSeal,
  stream: string,
): (events: readonly WireEvent[]) => Promise<number> {
  const appending = new Mutex();
  let revision: number | undefined;

  const lastRevision = async (): Promise<number> => (await lastOf(connection, stream))?.revision ?? -1;

  const append = async (events: readonly WireEvent[]): Promise<number> => {
    const giveUpAt = performance.now() + connection.timing.operationMs;
    for (let attempt = 0; ; attempt++) {
      revision ??= await lastRevision();
      try {
        revision = (await connection.append(stream, revision, events, seal.assertOpen)).revision;
        return revision;
      } catch (error) {
        revision = undefined;
        if (!(error instanceof EventStoreDbFailure) || error.kind !== 'conflict') throw error;
        if (performance.now() >= giveUpAt)
          throw new EventStoreError('unavailable', `stream ${stream} is written by others all the time`);
        await connection.backOff(attempt);
      }
    }
  };

  return (events) => appending.runExclusive(() => append(events));
}

function wireEvent(type: string, data: unknown, recordedAt?: number): WireEvent {
  const metadata = recordedAt === undefined ? new Uint8Array() : Buffer.from(JSON.stringify({ recordedAt }));
  return { eventId: randomUUID(), type, data: Buffer.from(JSON.stringify(data)), metadata };
}

/** The original time that a copy wrote; `undefined` for a record that was not copied. */
function copiedTime(metadata: string): number | undefined {
  if (metadata === '') return undefined;
  try {
    const { recordedAt } = JSON.parse(metadata) as { recordedAt?: unknown };
    return typeof recordedAt === 'number' ? recordedAt : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Returns no ids for a damaged record, so that the rejections it resolved are listed as open again.
 */
function idsIn(data: string): readonly bigint[] {
  try {
    return (JSON.parse(data) as { ids: string[] }).ids.map(BigInt);
  } catch {
    return [];
  }
}

/** The rejections that fit into one append, starting with `first`. */
function fittingTogether(
  rejections: readonly Rejection[],
  times: readonly number[] | undefined,
  first: number,
  maxBytes: number,
): WireEvent[] {
  const events: WireEvent[] = [];
  let bytes = 0;
  for (let at = first; at < rejections.length; at++) {
    const event = wireEvent('rejection', fitting(rejections[at]!, maxBytes - ENVELOPE_BYTES), times?.[at]);
    bytes += event.data.length + ENVELOPE_BYTES;
    if (bytes > maxBytes && events.length > 0) break;
    events.push(event);
  }
  return events;
}

/** Bytes that the server counts for an event besides its data. */
const ENVELOPE_BYTES = 64;

/**
 * Cuts payload and errors to the size that the store takes, with a note that they were cut; keeps
 * the rest of the rejection.
 */
function fitting(rejection: Rejection, maxBytes: number): Rejection {
  const { payload, errors, payloadBase64: _, ...rest } = rejection;
  const sizeOf = (kept: Rejection) => Buffer.byteLength(JSON.stringify(kept));
  if (sizeOf(rejection) <= maxBytes) return rejection;
  const whole = Buffer.byteLength(payload);
  const fewErrors =
    errors.length <= maxBytes / 8 ? errors : JSON.stringify((JSON.parse(errors) as unknown[]).slice(0, 1));
  for (let length = payload.length; ; length = Math.floor(length / 2)) {
    const cut = `… (cut: the whole had ${whole} bytes, more than the event store takes)`;
    const kept = { ...rest, errors: fewErrors, payload: payload.slice(0, length) + cut };
    if (length === 0 || sizeOf(kept) <= maxBytes) return kept;
  }
}
