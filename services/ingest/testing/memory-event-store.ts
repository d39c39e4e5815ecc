import {
  type AppendOutcome,
  type EventStore,
  EventStoreError,
  type EventToAppend,
  eventsOfPages,
  type KeptRejection,
  streamMaxOf,
} from '@touchstone/event-store';

export interface MemoryEventStore extends EventStore {
  readonly events: readonly EventToAppend[];
  readonly rejections: readonly KeptRejection[];
  /** While set, every call throws this error. */
  failWith: EventStoreError | undefined;
}

/**
 * The part of an event store that ingest uses, in memory: for tests of the code around the store,
 * above all of its failures.
 */
export function memoryEventStore(): MemoryEventStore {
  const events: EventToAppend[] = [];
  const rejections: KeptRejection[] = [];
  const byIdentity = new Map<string, string>();
  const outcomeOf = (event: EventToAppend, streamMax: number): AppendOutcome => {
    const identity = JSON.stringify([event.stream, event.source, event.id]);
    const before = byIdentity.get(identity);
    if (before !== undefined) return before === event.body ? 'duplicate' : 'conflict';
    if (events.filter(({ stream }) => stream === event.stream).length >= streamMax) return 'full';
    byIdentity.set(identity, event.body);
    events.push(event);
    return 'accepted';
  };
  const absent = () => {
    throw new EventStoreError('unavailable', 'not part of the store in memory');
  };
  const store: MemoryEventStore = {
    events,
    rejections,
    failWith: undefined,
    append: async (toAppend, options = {}) => {
      if (store.failWith) throw store.failWith;
      const outcomes = toAppend.map((event, at) => outcomeOf(event, streamMaxOf(options, at)));
      return { outcomes, position: BigInt(events.length) };
    },
    identity: absent,
    holds: absent,
    head: async () => BigInt(events.length),
    keepRejections: async (kept) => {
      if (store.failWith) throw store.failWith;
      return kept.map((rejection) => {
        const rejectionId = BigInt(rejections.length + 1);
        rejections.push({ ...rejection, rejectionId, rejectedAt: 1_770_000_000_000, resolvedAt: null });
        return rejectionId;
      });
    },
    listRejections: async ({ after = 0n, limit, includeResolved = false }) => {
      if (store.failWith) throw store.failWith;
      return rejections
        .filter((row) => row.rejectionId > after && (includeResolved || row.resolvedAt === null))
        .slice(0, limit);
    },
    getRejections: async (ids) => rejections.filter(({ rejectionId }) => ids.includes(rejectionId)),
    resolveRejections: async (ids) => {
      for (const id of ids) {
        const at = Number(id) - 1;
        rejections[at] = { ...rejections[at]!, resolvedAt: 1_770_000_001_000 };
      }
    },
    readStream: (stream, range) => eventsOfPages(store.streamPages(stream, range)),
    async *streamPages(stream, { after = 0n, upTo, skip = 0 } = {}) {
      yield events
        .map((event, at) => ({ ...event, position: BigInt(at + 1), recordedAt: 0 }))
        .filter(({ position }) => position > after && (upTo === undefined || position <= upTo))
        .filter((event) => event.stream === stream)
        .slice(skip);
    },
    readAll: absent,
    subscribe: absent,
    greatestTime: absent,
    counts: absent,
    lastRecordedAt: absent,
    countMinutes: absent,
    close: async () => {},
  };
  return store;
}
