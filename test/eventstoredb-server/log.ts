import { randomUUID } from 'node:crypto';

/** One event as the server holds it. */
export interface LogRecord {
  readonly eventId: string;
  readonly stream: string;
  readonly revision: number;
  readonly position: number;
  readonly type: string;
  readonly isJson: boolean;
  readonly createdAt: number;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
}

export interface ProposedEvent {
  readonly eventId: string;
  readonly type: string;
  readonly isJson: boolean;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
}

/** `-1` expects that the stream does not exist. */
export type Expected = number | 'any' | 'exists';

export type Appended =
  | { readonly kind: 'done'; readonly revision: number; readonly position: number }
  | { readonly kind: 'wrongVersion'; readonly current: number }
  | { readonly kind: 'deleted' };

interface Stream {
  readonly records: LogRecord[];
  limits: StreamLimits;
  isTombstoned: boolean;
}

/**
 * The server's log in memory, empty or restored from a backup of its records: one order over all
 * streams, and the server's own rules for repeated appends. It is separate from the server, so that
 * it survives a restart and can be shared with the next leader.
 */
export function createLog(now: () => number = Date.now, backup: readonly LogRecord[] = []) {
  const records: LogRecord[] = [];
  const streams = new Map<string, Stream>();
  const lastById = new Map<string, LogRecord>();
  const watchers = new Set<() => void>();
  const scavenged = new Set<LogRecord>();
  let tail = 64;

  const streamOf = (name: string): Stream => {
    let stream = streams.get(name);
    if (!stream) {
      stream = { records: [], limits: {}, isTombstoned: false };
      streams.set(name, stream);
    }
    return stream;
  };
  const last = (name: string): number => (streams.get(name)?.records.length ?? 0) - 1;
  const isDeleted = (name: string): boolean =>
    last(name) >= 0 && (streamOf(name).limits.truncateBefore ?? 0) > last(name);
  const visible = (name: string): readonly LogRecord[] => {
    const stream = streams.get(name);
    return stream === undefined ? [] : within(stream.limits, stream.records, now());
  };

  const put = (name: string, event: ProposedEvent): LogRecord => {
    const stream = streamOf(name);
    return keep({ ...event, stream: name, revision: stream.records.length, position: tail, createdAt: now() });
  };

  function keep(record: LogRecord): LogRecord {
    const { stream, type, data, metadata, position } = record;
    tail = position + 100 + stream.length + type.length + data.length + metadata.length;
    streamOf(stream).records.push(record);
    records.push(record);
    lastById.set(record.eventId, record);
    return record;
  }

  for (const record of backup) keep(record);

  function putMetadata(name: string, limits: object): void {
    const data = Buffer.from(JSON.stringify(limits).replace(`${DELETED}`, '9223372036854775807'));
    put(`$$${name}`, { eventId: randomUUID(), type: '$metadata', isJson: true, data, metadata: new Uint8Array() });
    streamOf(name).limits = limitsOf(data);
  }
  const tellWatchers = (): void => {
    for (const watcher of [...watchers]) watcher();
  };

  /**
   * An append before the head of its stream is a repetition if the events after the expected
   * revision have its ids, one by one; it gets the old answer. With `any`, only recent ids are
   * compared, as the server does from a bounded cache.
   */
  const repeated = (name: string, expected: Expected, events: readonly ProposedEvent[]): Appended | undefined => {
    const current = last(name);
    if (typeof expected !== 'number') {
      const seen = events.map(({ eventId }) => lastById.get(eventId)).filter((record) => record?.stream === name);
      const end = seen.at(-1);
      if (events.length === 0 || seen.length === 0 || !end) return undefined;
      if (seen.length < events.length) return { kind: 'wrongVersion', current };
      return { kind: 'done', revision: end.revision, position: end.position };
    }
    if (expected >= current) return undefined;
    const there = streamOf(name).records.slice(expected + 1, expected + 1 + events.length);
    const end = there.at(-1);
    if (
      end &&
      there.length === events.length &&
      there.every(({ eventId }, index) => eventId === events[index]?.eventId)
    ) {
      return { kind: 'done', revision: end.revision, position: end.position };
    }
    return undefined;
  };

  const append = (name: string, expected: Expected, events: readonly ProposedEvent[]): Appended => {
    const current = last(name);
    if (streams.get(name)?.isTombstoned) return { kind: 'deleted' };
    if (expected === 'exists' && isDeleted(name)) return { kind: 'deleted' };
    if (expected === 'exists' && current < 0) return { kind: 'wrongVersion', current };
    const before = repeated(name, expected, events);
    if (before) return before;
    if (typeof expected === 'number' && expected !== current) return { kind: 'wrongVersion', current };
    // An append to a deleted stream continues after the deleted events.
    if (isDeleted(name)) putMetadata(name, { $tb: current + 1 });
    const written = events.map((event) => put(name, event)).at(-1);
    if (name.startsWith('$$') && written?.type === '$metadata') streamOf(name.slice(2)).limits = limitsOf(written.data);
    tellWatchers();
    return { kind: 'done', revision: written?.revision ?? current, position: written?.position ?? tail };
  };

  return {
    records: records as readonly LogRecord[],
    append,
    last,
    isDeleted,
    isTombstoned: (name: string): boolean => streams.get(name)?.isTombstoned ?? false,
    /** The events that reads of a stream still return, oldest first. */
    visible,
    /** Whether reads of the whole log leave the record out since a scavenge. */
    isScavenged: (record: LogRecord): boolean => scavenged.has(record),
    /** Hides all events of a stream; an append opens it again, at the next revision. */
    softDelete(name: string): void {
      putMetadata(name, { $tb: DELETED });
      tellWatchers();
    },
    /** Deletes a stream for good: its name is never free again. */
    tombstone(name: string): void {
      const empty = new Uint8Array();
      const position = tail;
      keep({
        ...{ eventId: randomUUID(), stream: name, revision: DELETED, position, type: '$streamDeleted' },
        ...{ isJson: true, createdAt: now(), data: empty, metadata: empty },
      });
      streamOf(name).isTombstoned = true;
      tellWatchers();
    },
    /** Sets `$maxCount`, `$maxAge` (s) and `$tb` of a stream by writing its metadata. */
    limit(
      name: string,
      limits: { readonly $maxCount?: number; readonly $maxAge?: number; readonly $tb?: number },
    ): void {
      putMetadata(name, limits);
      tellWatchers();
    },
    /**
     * Removes for good the events that streams no longer return; a stream that is not tombstoned
     * keeps its last event.
     */
    scavenge(): void {
      for (const [name, { records: all, isTombstoned }] of streams) {
        const shown = new Set(visible(name));
        for (const record of all) {
          const stays = isTombstoned ? record.type === '$streamDeleted' : shown.has(record) || record === all.at(-1);
          if (!stays) scavenged.add(record);
        }
      }
    },
    /** Index of the first record at or after a position. */
    seek(position: number): number {
      let low = 0;
      let high = records.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (records[middle]!.position < position) low = middle + 1;
        else high = middle;
      }
      return low;
    },
    /** Calls the watcher after each append, until the returned function is called. */
    watch(watcher: () => void): () => void {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    /** Writes the system events that a fresh server holds. */
    writeSystemEvents(): void {
      for (const [name, type] of SYSTEM_EVENTS) {
        const empty = new Uint8Array();
        put(name, { eventId: randomUUID(), type, isJson: true, data: Buffer.from('{}'), metadata: empty });
      }
    },
  };
}

export type Log = ReturnType<typeof createLog>;

/** Value of `$tb` in a deleted stream: 2^63 - 1, which JavaScript cannot hold exactly. */
const DELETED = 2 ** 63;

interface StreamLimits {
  readonly maxCount?: number | undefined;
  /** s */
  readonly maxAge?: number | undefined;
  readonly truncateBefore?: number | undefined;
}

function limitsOf(metadata: Uint8Array): StreamLimits {
  const { $maxCount, $maxAge, $tb } = JSON.parse(Buffer.from(metadata).toString('utf8'));
  return { maxCount: $maxCount, maxAge: $maxAge, truncateBefore: $tb };
}

function within({ maxCount, maxAge, truncateBefore = 0 }: StreamLimits, records: readonly LogRecord[], now: number) {
  const before = Math.max(truncateBefore, maxCount === undefined ? 0 : records.length - maxCount);
  const oldest = maxAge === undefined ? Number.NEGATIVE_INFINITY : now - maxAge * 1_000;
  if (before === 0 && maxAge === undefined) return records;
  return records.filter(({ revision, createdAt }) => revision >= before && createdAt >= oldest);
}

const SYSTEM_EVENTS = [
  ['$users', '$User'],
  ['$user-admin', '$UserCreated'],
  ['$stats-127.0.0.1:2113', '$statsCollected'],
] as const;
