import { setImmediate as breathe } from 'node:timers/promises';
import { streamHash } from './identity.ts';
import type { EventStore, ReadOptions, StoredEvent, SubscriptionItem } from './port.ts';
import type { ReadPositions } from './read-positions.ts';
import type { ReadRange } from './read-range.ts';
import type { SqliteDatabase } from './sqlite-driver.ts';
import { DamagedLog, type Guard } from './sqlite-failure.ts';

const PAGE_EVENTS = 500;
/** Characters of the long bodies in one page, unless a single one is longer: a page fits into memory whatever was published. */
const PAGE_LENGTH = 8 << 20;

/** What reading needs to know of the log as it grows. */
export interface LogEnd {
  head(): number;
  isClosed(): boolean;
  /** Resolves with the next append or the closing of the store. */
  next(): Promise<void>;
}

/** Last position of the page of the log that begins after `after`: fewer events where they are long. */
export function openPageEnd(database: SqliteDatabase): (after: number, upTo: number, pageSize: number) => number {
  const selectLong = database.prepareTuples(
    'SELECT position, length FROM long_bodies WHERE position > ? AND position <= ? ORDER BY position',
  );
  return (after, upTo, pageSize) => {
    const last = Math.min(upTo, after + pageSize);
    let length = 0;
    for (const [position, more] of selectLong.all(after, last)) {
      if (length > 0 && length + Number(more) > PAGE_LENGTH) return Math.max(after + 1, Number(position) - 1);
      length += Number(more);
    }
    return last;
  };
}

export function openReading(
  database: SqliteDatabase,
  positionsOf: (stream: number, after: number, upTo: number) => Promise<number[]>,
  readRange: ReadRange,
  readPositions: ReadPositions,
  end: LogEnd,
  guard: Guard,
): Pick<EventStore, 'readStream' | 'readAll' | 'subscribe'> {
  const pageEnd = openPageEnd(database);
  const readPage = (after: number, upTo: number, { pageSize = PAGE_EVENTS, streamPrefix = '' }: ReadOptions) =>
    guard(() => {
      const last = pageEnd(after, upTo, Math.max(1, pageSize));
      const events = readRange(after, last, streamPrefix);
      // Positions are dense: nothing is ever deleted.
      if (streamPrefix === '' && events.length !== last - after) {
        throw new DamagedLog(`${last - after - events.length} events between ${after + 1} and ${last} are missing`);
      }
      return { last, events };
    });

  return {
    async readStream(stream, options = {}) {
      const after = numberOf(options.after, 0);
      const upTo = numberOf(options.upTo, Number.MAX_SAFE_INTEGER);
      const positions = await guard(() => positionsOf(streamHash(stream), after, upTo));
      const events: StoredEvent[] = [];
      // Long streams are read in slices, between which the process can do something else.
      for (let at = 0; at < positions.length; at += 1000) {
        if (at > 0) await breathe();
        const slice = positions.slice(at, at + 1000);
        for (const page of guard(() => [...readPositions(slice)])) {
          for (const event of page) if (event.stream === stream) events.push(event);
        }
      }
      return events;
    },

    async *readAll(options: ReadOptions = {}) {
      const upTo = Math.min(guard(end.head), numberOf(options.upTo, Number.MAX_SAFE_INTEGER));
      let after = numberOf(options.after, 0);
      while (after < upTo) {
        const page = readPage(after, upTo, options);
        after = page.last;
        if (page.events.length > 0) yield page.events;
        await breathe();
      }
    },

    async *subscribe(options): AsyncGenerator<SubscriptionItem> {
      const { signal } = options;
      const limit = numberOf(options.upTo, Number.MAX_SAFE_INTEGER);
      let after = numberOf(options.after, 0);
      let told = -1;
      while (!signal.aborted) {
        const upTo = Math.min(guard(end.head), limit);
        if (after < upTo) {
          const page = readPage(after, upTo, options);
          after = page.last;
          if (page.events.length > 0) yield { kind: 'events', events: page.events };
          await breathe();
        } else {
          const next = end.next();
          if (told < upTo) {
            told = upTo;
            yield { kind: 'caughtUp', position: BigInt(upTo) };
          }
          if (upTo >= limit) return;
          // What came while the reader was busy with that does not wait for more.
          if (!end.isClosed() && Math.min(end.head(), limit) === upTo) await either(next, signal);
        }
      }
    },
  };
}

/** Resolves with the promise or the abort, and leaves no listener behind. */
async function either(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  let abort = () => {};
  const aborted = new Promise<void>((resolve) => {
    abort = resolve;
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function numberOf(position: bigint | undefined, otherwise: number): number {
  if (position === undefined) return otherwise;
  if (position < 0n) throw new RangeError(`A position is never negative: ${position}`);
  return Number(position < BigInt(Number.MAX_SAFE_INTEGER) ? position : Number.MAX_SAFE_INTEGER);
}
