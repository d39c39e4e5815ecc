import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { backoffMs } from '@touchstone/async';
import { Semaphore } from 'async-mutex';
import { EventStoreError } from '../port.ts';
import { type EventStoreDbFailure, failureOf, isDecided, within } from './failure.ts';
import type { ReadRequest, WireAppended, WireClient, WireEvent, WireRead, WireRecord } from './wire.ts';

/**
 * One connection to one store, kept alive. Every call has our own timeout, a silent client is
 * replaced, idempotent calls are retried with back-off and jitter until `operationMs` have passed,
 * and no more calls are open than a connection carries.
 */
export interface Connection {
  /**
   * Append at an exact revision; retries carry the same ids and revision, by which the server
   * recognises them. Throws {@link EventStoreDbFailure} `conflict`, `refused` or `tooLarge`
   * (nothing stored), or {@link EventStoreError} `unavailable` (it may be stored).
   */
  append(
    stream: string,
    expected: number,
    events: readonly WireEvent[],
    /** Called before each attempt; an error of it ends the attempts. */
    assertOpen?: () => Promise<void>,
  ): Promise<WireAppended>;
  /**
   * One attempt of an append, for a caller that keeps the order of several; throws
   * {@link EventStoreDbFailure}.
   */
  appendOnce(stream: string, expected: number, events: readonly WireEvent[]): Promise<WireAppended>;
  /** Reads a bounded number of events completely; `undefined` if there is no such stream. */
  collect(request: ReadRequest & { readonly count: number }): Promise<WireRecord[] | undefined>;
  /**
   * One attempt to open a subscription, confirmed by the server; call `close` on it in `finally`.
   * However many readers there are, one place stays free for a reader that `isOurs`, because single
   * reads wait for it.
   */
  subscribe(request: ReadRequest & { readonly count: 'subscription' }, isOurs?: boolean): Promise<OpenSubscription>;
  serverVersion(): Promise<string>;
  /**
   * Wait before attempt `n + 1`: 25 ms doubling up to 5 s, half of it random. Ends early when the
   * connection closes.
   */
  backOff(attempt: number): Promise<void>;
  /** Number of failed calls and ended connections so far; after each, another server may answer. */
  breaks(): number;
  readonly signal: AbortSignal;
  readonly timing: Timing;
  close(): void;
}

export interface Timing {
  /**
   * For one attempt of one call, and for the first message of every read, ms. The server's own
   * write timeout is 2 s.
   */
  readonly callMs: number;
  /** For one operation with all its attempts, ms. */
  readonly operationMs: number;
  /** Silence of a subscription after which it is checked against the head of the log, ms. */
  readonly idleMs: number;
}

export interface OpenSubscription extends Pick<WireRead, 'next'> {
  /**
   * End it; a `silent` failure means that the server stopped answering, and replaces the client.
   */
  close(why?: EventStoreDbFailure): void;
}

/**
 * A connection carries 100 calls, and a further one waits in silence: 60 + 25 + the append call and
 * our own reader stay below that.
 */
const SUBSCRIPTIONS_MAX = 60;
const READS_MAX = 25;

const BACKOFF = { firstMs: 25, longestMs: 5_000 };

// biome-ignore lint/complexity/noExcessiveLinesPerFunction: its steps share state: split it into a state record and functions over it when it changes next.
export function eventStoreDbConnection(
  connect: (onBroken: () => void) => WireClient,
  timing: Timing,
  warn: (what: string) => void,
): Connection {
  const closing = new AbortController();
  // Hundreds of waiting calls listen to this signal at a time, which is no leak.
  setMaxListeners(0, closing.signal);
  const reads = new Semaphore(READS_MAX);
  let subscriptions = 0;
  let breaks = 0;
  const onBroken = (): void => {
    breaks += 1;
  };
  let client = connect(onBroken);

  /** Replaces a silent client, once, however many calls saw it fall silent. */
  const replace = (silent: WireClient, why: string): void => {
    if (client !== silent || closing.signal.aborted) return;
    warn(`The connection to EventStoreDB is replaced: ${why}`);
    onBroken();
    client = connect(onBroken);
    silent.dispose();
  };

  const backOff = async (attempt: number): Promise<void> => {
    await pause(backoffMs(attempt, BACKOFF), undefined, { signal: closing.signal }).catch(() => {});
  };

  const persist = async <T>(what: string, attempt: (client: WireClient) => Promise<T>): Promise<T> => {
    const giveUpAt = performance.now() + timing.operationMs;
    for (let n = 0; ; n++) {
      if (closing.signal.aborted) throw new EventStoreError('closed', `${what}: the event store is closed`);
      const used = client;
      try {
        return await attempt(used);
      } catch (error) {
        if (error instanceof EventStoreError) throw error;
        const failure = failureOf(error);
        if (failure.kind === 'silent') replace(used, failure.message);
        if (isDecided(failure)) throw failure;
        onBroken();
        if (performance.now() >= giveUpAt) {
          const message = `EventStoreDB did not answer: ${what} failed ${n + 1} times, last with: ${failure.message}`;
          throw new EventStoreError('unavailable', message, { cause: failure });
        }
        await backOff(n);
      }
    }
  };

  /** Cancels a read that opens after its timeout, because nobody else would end it. */
  const open = async (used: WireClient, request: ReadRequest): Promise<WireRead> => {
    const opening = used.read(request);
    let opened = false;
    try {
      const read = await within(timing.callMs, opening, 'opening a read');
      opened = true;
      return read;
    } finally {
      if (!opened) opening.then((read) => read.cancel()).catch(() => {});
    }
  };

  return {
    timing,
    backOff,
    signal: closing.signal,
    breaks: () => breaks,
    serverVersion: () =>
      persist('asking for its version', async (used) => {
        try {
          return await within(timing.callMs, used.serverVersion(), 'asking for the version');
        } catch (error) {
          // The client caches a failed answer for ever.
          replace(used, failureOf(error).message);
          throw error;
        }
      }),
    append: (stream, expected, events, assertOpen) =>
      persist(`an append to stream ${JSON.stringify(stream)}`, async (used) => {
        if (assertOpen !== undefined) await assertOpen();
        return used.append(stream, expected, events, timing.callMs);
      }),
    async appendOnce(stream, expected, events) {
      const used = client;
      try {
        return await used.append(stream, expected, events, timing.callMs);
      } catch (error) {
        const failure = failureOf(error);
        if (failure.kind === 'silent') replace(used, failure.message);
        if (!isDecided(failure)) onBroken();
        throw failure;
      }
    },
    collect: (request) =>
      reads.runExclusive(() =>
        persist('a read', async (used) => {
          const read = await open(used, request);
          try {
            return await collectAll(read, timing.callMs);
          } finally {
            read.cancel();
          }
        }),
      ),
    async subscribe(request, isOurs = false) {
      if (subscriptions >= SUBSCRIPTIONS_MAX && !isOurs) {
        throw new EventStoreError(
          'refused',
          `more than ${SUBSCRIPTIONS_MAX} readers follow the log through one connection; share them`,
        );
      }
      const counted = isOurs ? 0 : 1;
      subscriptions += counted;
      const used = client;
      let read: WireRead | undefined;
      let isOpen = true;
      const close = (why?: EventStoreDbFailure): void => {
        if (!isOpen) return;
        isOpen = false;
        subscriptions -= counted;
        read?.cancel();
        if (why !== undefined) onBroken();
        if (why?.kind === 'silent') replace(used, why.message);
      };
      try {
        read = await open(used, request);
        const first = await read.next(timing.callMs);
        if (first?.kind !== 'confirmed') throw failureOf(new Error('the subscription was not confirmed'));
        return { next: read.next, close };
      } catch (error) {
        const failure = failureOf(error);
        close(failure);
        throw failure;
      }
    },
    close() {
      if (closing.signal.aborted) return;
      closing.abort();
      client.dispose();
    },
  };
}

/** The last record of a stream; `undefined` if it has none. */
export async function lastOf(
  { collect }: Pick<Connection, 'collect'>,
  stream: string,
): Promise<WireRecord | undefined> {
  return (await collect({ stream, from: 'end', backwards: true, count: 1 }))?.[0];
}

async function collectAll(read: WireRead, ms: number): Promise<WireRecord[] | undefined> {
  const records: WireRecord[] = [];
  for (;;) {
    const message = await read.next(ms);
    if (message === undefined) return records;
    if (message.kind === 'noStream') return undefined;
    if (message.kind === 'event') records.push(message.record);
  }
}
