import { hash, randomUUID } from 'node:crypto';
import { Semaphore } from 'async-mutex';
import { isDamaged } from '../../damaged-event.ts';
import { streamMaxOf } from '../../event-limits.ts';
import {
  type AppendOptions,
  type AppendOutcome,
  type AppendResult,
  EventStoreError,
  type EventToAppend,
} from '../../port.ts';
import { PUBLISHED_PREFIX } from '../../published-streams.ts';
import { isSameContent } from '../../same-content.ts';
import { EventStoreDbFailure, isErased } from '../failure.ts';
import { isReserved, type StreamNames } from '../names.ts';
import { claimsOf, decodeEvent, encodeEvent } from '../record.ts';
import type { KnownSeal } from '../seal-stream.ts';
import { type LogAccess, lastPosition, portError } from '../subscribe/follow.ts';
import type { WireRecord } from '../wire.ts';
import type { AppendLimit } from './append-limit.ts';
import { emptyTail, identityKey, type KnownEvent, recentTails, type Tail } from './stream-tails.ts';

/**
 * Default number of streams appended to concurrently. On a real server 256 give 1.65 times the
 * throughput of 64, and 1,024 less again.
 */
export const APPENDS_IN_FLIGHT_MAX = 256;

export interface AppenderOptions {
  readonly limit: AppendLimit;
  readonly seal: KnownSeal;
  /** Streams appended to concurrently. */
  readonly appendsInFlight: number;
  /** Size of the cache of identities, so that known streams need no read. */
  readonly identitiesCached: number;
}

/** An event being appended, with the call that waits for its outcome. */
interface Item {
  readonly event: EventToAppend;
  /**
   * Random, not derived from the event's identity: otherwise the server would take the same event
   * from another process, even with other content, for a retry of ours, and both would be told
   * `accepted`.
   */
  readonly eventId: string;
  readonly data: Uint8Array;
  readonly bytes: number;
  readonly key: string;
  readonly digest: string;
  /** The event is stored only if its stream holds fewer events. */
  readonly streamMax: number;
  /** The call that it came with, and its index there. */
  readonly call: Call;
  readonly index: number;
}

/** One call of `append`, which settles when each of its events has a outcome or has failed. */
interface Call {
  readonly outcomes: AppendOutcome[];
  position: bigint;
  left: number;
  failure: { readonly error: unknown } | undefined;
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: unknown) => void;
}

/** A repeated event, and the first one: in the store, or earlier in the same append. */
interface Repeat {
  readonly item: Item;
  readonly first: KnownEvent | Item;
}

/** Events read at once to learn a stream's identities. */
const PAGE = 500;

/**
 * Appends with a outcome per event: each stream has one queue per process, whose waiting events go
 * into one append at the exact revision up to which the stream's identities are known. An unknown
 * stream is taken for new, and if the server or another writer contradicts the revision, the
 * identities are read and the events decided again.
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: its steps share state: split it into a state record and functions over it when it changes next.
export function eventStoreDbAppender({ connection, names, history, onCut }: LogAccess, options: AppenderOptions) {
  const tails = recentTails(options.identitiesCached);
  // Events that a restored log has lost must not count as duplicates.
  history.onPutBack(tails.forgetAll);
  const queues = new Map<string, Item[]>();
  const inFlight = new Semaphore(options.appendsInFlight);
  const { limit, seal } = options;

  const enqueue = (item: Item): void => {
    const { stream } = item.event;
    const queue = queues.get(stream);
    if (queue) {
      queue.push(item);
      return;
    }
    const waiting = [item];
    queues.set(stream, waiting);
    // Failures are reported to the callers of the queued events.
    void work(stream, waiting);
  };

  const work = async (stream: string, waiting: Item[]): Promise<void> => {
    while (waiting.length > 0) {
      const [, release] = await inFlight.acquire();
      const items = waiting.splice(0, countWithin(waiting, limit.bytes()));
      try {
        await decide(stream, items);
      } catch (error) {
        if (limit.lower(error, bytesOf(items))) {
          // Split again, by the limit known now.
          waiting.unshift(...items);
          continue;
        }
        // The cached tail of the stream may be wrong, so it is read again next time.
        tails.forget(stream);
        if (isErased(error) && stream.startsWith(PUBLISHED_PREFIX)) {
          await settleErased(items);
          continue;
        }
        const reason = portError(error);
        for (const item of items) fail(item, reason);
      } finally {
        release();
      }
    }
    queues.delete(stream);
  };

  /**
   * Settles events of a stream deleted for good, whose name is never free again, so that events of
   * other streams in the call go on.
   */
  const settleErased = async (items: readonly Item[]): Promise<void> => {
    try {
      const position = await lastPosition({ connection, names });
      for (const item of items) settle(item, 'erased', position);
      onCut?.(items[0]!.event.stream, 'append', -1);
    } catch (error) {
      for (const item of items) fail(item, portError(error));
    }
  };

  // biome-ignore lint/complexity/noExcessiveCognitiveComplexity: its steps share state: split it into a state record and functions over it when it changes next.
  const decide = async (stream: string, items: readonly Item[]): Promise<void> => {
    await history.assure();
    const timesPutBack = history.timesPutBack();
    let tail = tails.get(stream) ?? emptyTail();
    const giveUpAt = performance.now() + connection.timing.operationMs;
    let isReadOn = false;
    for (let attempt = 0; ; attempt++) {
      const { fresh, repeats, refused } = sort(items, tail, limit.bytes());
      if (refused.length > 0 && !isReadOn) {
        // Before an event is refused, the stream is read to its end, because the event may be
        // stored already.
        if (!(await readOn(stream, tail))) tail = emptyTail();
        isReadOn = true;
        continue;
      }
      const conflict = fresh.length === 0 ? null : await appendFresh(stream, tail, fresh);
      if (conflict === null) {
        await history.assure(repeats.length > 0);
        if (history.timesPutBack() !== timesPutBack) {
          // These outcomes rest on the log before it was restored, so all events are decided again.
          tails.forget(stream);
          return decide(stream, items);
        }
        tails.put(stream, tail);
        const outcomes: AppendOutcome[] = [];
        for (const { item, first } of repeats) outcomes.push(await compare(stream, item, first));
        for (const item of fresh) settle(item, 'accepted', tail.position);
        for (const [index, { item }] of repeats.entries()) settle(item, outcomes[index]!, tail.position);
        for (const { item, outcome } of refused) settle(item, outcome, tail.position);
        return;
      }
      if (performance.now() >= giveUpAt) {
        throw new EventStoreError(
          'unavailable',
          `stream ${JSON.stringify(stream)} did not come to rest: it is written by others all the time, or was truncated`,
        );
      }
      if (attempt > 0) await connection.backOff(attempt);
      tail = await learn(stream, tail, conflict.current);
    }
  };

  /** Returns the conflict if the stream is not at the cached revision; else null. */
  const appendFresh = async (
    stream: string,
    tail: Tail,
    fresh: readonly Item[],
  ): Promise<EventStoreDbFailure | null> => {
    const inDatabase = names.inDatabase(stream);
    const events = fresh.map((item, index) =>
      encodeEvent(item.event, inDatabase, item, index === 0 ? claimsOf(fresh.map(({ event }) => event)) : []),
    );
    try {
      const { revision, position } = await connection.append(inDatabase, tail.revision, events, seal.assertOpen);
      fresh.forEach(({ key, digest }, index) => {
        tail.known.set(key, { revision: tail.revision + 1 + index, digest });
      });
      if (position !== undefined) {
        const { event, eventId } = fresh.at(-1)!;
        history.note({ position, stream: event.stream, mark: `${eventId}@${revision}` });
      }
      tail.revision = revision;
      tail.position = position ?? (await positionOf(stream, revision));
      return null;
    } catch (error) {
      if (error instanceof EventStoreDbFailure && error.kind === 'conflict') return error;
      throw error;
    }
  };

  /**
   * Reads the events that others appended, or the whole stream if there are none, because the store
   * may have been restored. A deleted stream reads as empty and continues at the revision `current`
   * that the server gave.
   */
  const learn = async (stream: string, tail: Tail, current: number | undefined): Promise<Tail> => {
    const before = tail.revision;
    if (before >= 0 && (await readOn(stream, tail)) && tail.revision > before) return tail;
    const whole = emptyTail();
    await readOn(stream, whole);
    const isShort = current !== undefined && current > whole.revision;
    if (isShort) whole.revision = current;
    const isCut = isShort || (whole.first ?? 0) > 0;
    if (isCut && stream.startsWith(PUBLISHED_PREFIX)) onCut?.(stream, 'append', whole.first ?? -1);
    return whole;
  };

  const readOn = async (stream: string, tail: Tail): Promise<boolean> => {
    for (;;) {
      const records = await connection.collect({
        stream: names.inDatabase(stream),
        from: tail.revision + 1,
        count: PAGE,
      });
      if (!records) return false;
      for (const record of records) extend(tail, record, names);
      if (records.length < PAGE) return true;
    }
  };

  const positionOf = async (stream: string, revision: number): Promise<bigint> => {
    const records = await connection.collect({ stream: names.inDatabase(stream), from: revision, count: 1 });
    return records?.[0]?.position ?? 0n;
  };

  const compare = async (stream: string, item: Item, first: KnownEvent | Item): Promise<AppendOutcome> => {
    if (first.digest === item.digest) return 'duplicate';
    if ('event' in first) return isSameContent(first.event, item.event) ? 'duplicate' : 'conflict';
    const records = await connection.collect({ stream: names.inDatabase(stream), from: first.revision, count: 1 });
    const stored = records?.[0] && decodeEvent(records[0], names)?.event;
    // A scavenged or damaged event still holds its identity, but has no content left to compare.
    return !stored || isDamaged(stored) || isSameContent(stored, item.event) ? 'duplicate' : 'conflict';
  };

  const append = (events: readonly EventToAppend[], appending: AppendOptions = {}): Promise<AppendResult> =>
    new Promise((resolve, reject) => {
      const outcomes: AppendOutcome[] = new Array(events.length);
      const call: Call = { outcomes, position: 0n, left: events.length, failure: undefined, resolve, reject };
      const items = events.map((event, index) => itemOf(event, names, call, index, streamMaxOf(appending, index)));
      for (const item of items) enqueue(item);
    });

  return { append };
}

function settle({ call, index }: Item, outcome: AppendOutcome, position: bigint): void {
  call.outcomes[index] = outcome;
  if (position > call.position) call.position = position;
  arrived(call);
}

function fail({ call }: Item, error: unknown): void {
  call.failure ??= { error };
  arrived(call);
}

function arrived(call: Call): void {
  call.left -= 1;
  if (call.left > 0) return;
  if (call.failure) call.reject(call.failure.error);
  else call.resolve({ outcomes: call.outcomes, position: call.position });
}

function itemOf(event: EventToAppend, names: StreamNames, call: Call, index: number, streamMax: number): Item {
  const { stream, source, id, type, body } = event;
  if (stream === '' || isReserved(names.inDatabase(stream))) {
    throw new EventStoreError(
      'refused',
      `events cannot be appended to a stream named ${JSON.stringify(stream)}: names that begin with "$" or "touchstone-" are taken`,
    );
  }
  const data = Buffer.from(body, 'utf8');
  // Upper bound: the source may occur once more in the claims of its append.
  const bytes = data.length + 2 * type.length + 6 * (2 * source.length + id.length) + 125;
  const digest = hash('sha256', data, 'base64');
  return { event, eventId: randomUUID(), data, bytes, key: identityKey(source, id), digest, streamMax, call, index };
}

const bytesOf = (items: readonly Item[]): number => items.reduce((sum, { bytes }) => sum + bytes, 0);

/**
 * Number of queued events that fit into one append; the first is always included, and judged there.
 */
function countWithin(waiting: readonly Item[], maxBytes: number): number {
  let bytes = 0;
  const end = waiting.findIndex((item) => {
    bytes += item.bytes;
    return bytes > maxBytes;
  });
  return end < 0 ? waiting.length : Math.max(1, end);
}

interface Refused {
  readonly item: Item;
  readonly outcome: 'full' | 'tooLarge';
}

/**
 * Sorts events into new, repeated and refused. Throws `refused` for a system event that is too
 * large.
 */
function sort(
  items: readonly Item[],
  tail: Tail,
  maxBytes: number,
): { fresh: Item[]; repeats: Repeat[]; refused: Refused[] } {
  const firsts = new Map<string, Item>();
  const repeats: Repeat[] = [];
  const refused: Refused[] = [];
  for (const item of items) {
    const first = tail.known.get(item.key) ?? firsts.get(item.key);
    if (first) repeats.push({ item, first });
    else if (tail.known.size + firsts.size >= item.streamMax) refused.push({ item, outcome: 'full' });
    else if (item.bytes > maxBytes) refused.push({ item, outcome: tooLarge(item, maxBytes) });
    else firsts.set(item.key, item);
  }
  return { fresh: [...firsts.values()], repeats, refused };
}

function tooLarge({ event, bytes }: Item, maxBytes: number): 'tooLarge' {
  if (event.stream.startsWith(PUBLISHED_PREFIX)) return 'tooLarge';
  throw new EventStoreError(
    'refused',
    `event ${JSON.stringify(event.id)} of ${JSON.stringify(event.source)} has ${bytes} bytes; the event store takes at most ${maxBytes} in one append. What to do: raise MaxAppendSize of the server.`,
  );
}

function extend(tail: Tail, record: WireRecord, names: StreamNames): void {
  tail.first ??= record.revision;
  tail.revision = record.revision;
  tail.position = record.position;
  const event = decodeEvent(record, names)?.event;
  if (!event) return;
  const key = identityKey(event.source, event.id);
  if (!tail.known.has(key))
    tail.known.set(key, { revision: record.revision, digest: hash('sha256', event.body, 'base64') });
}
