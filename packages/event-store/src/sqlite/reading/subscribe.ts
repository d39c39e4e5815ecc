import { setImmediate as breathe } from 'node:timers/promises';
import { eventsOfPages } from '../../events-of-pages.ts';
import { assertHeld } from '../../history.ts';
import { openPageEnd, PAGE_LENGTH } from '../../page-end.ts';
import type { EventStore, ReadOptions, StoredEvent, SubscriptionItem } from '../../port.ts';
import type { SqliteDatabase } from '../driver.ts';
import { DamagedLog, type Guard } from '../failure.ts';
import { streamHash } from '../identity-index/identity-hash.ts';
import type { ReadPositions } from './read-positions.ts';
import type { ReadRange } from './read-range.ts';
import { readingTurns } from './reading-turns.ts';

const PAGE_EVENTS = 500;

/** The end of the log as it grows, as far as readers need it. */
export interface LogEnd {
  head(): number;
  isClosed(): boolean;
  /** Resolves at the next append, or when the store closes. */
  next(): Promise<void>;
}

export function openReading(
  database: SqliteDatabase,
  positionsOf: (stream: number, after: number, upTo: number) => Promise<number[]>,
  readRange: ReadRange,
  readPositions: ReadPositions,
  end: LogEnd,
  guard: Guard,
  holds: EventStore['holds'],
  inTurn = readingTurns(),
): Pick<EventStore, 'readStream' | 'streamPages' | 'readAll' | 'subscribe'> {
  const pageEnd = openPageEnd(database);
  const readPage = (after: number, upTo: number, { pageSize = PAGE_EVENTS, streamPrefix = '' }: ReadOptions) =>
    guard(() => {
      const last = pageEnd(after, upTo, Math.max(1, pageSize));
      const events = readRange(after, last, streamPrefix);
      // Positions are dense because nothing is ever deleted.
      if (streamPrefix === '' && events.length !== last - after) {
        throw new DamagedLog(`${last - after - events.length} events between ${after + 1} and ${last} are missing`);
      }
      return { last, events };
    });

  /** One check is enough: while this process holds the file, no other takes its place. */
  const assertHistory = async ({ history }: ReadOptions) => {
    if (history !== undefined) assertHeld(await holds(history));
  };

  async function* streamPages(...[stream, options = {}]: Parameters<EventStore['streamPages']>) {
    const after = numberOf(options.after, 0);
    const upTo = numberOf(options.upTo, Number.MAX_SAFE_INTEGER);
    const positions = await inTurn(() => guard(() => positionsOf(streamHash(stream), after, upTo)));
    const reading = readPositions(positions.slice(options.skip ?? 0))[Symbol.iterator]();
    let page: StoredEvent[] = [];
    let length = 0;
    for (;;) {
      const read = await inTurn(() => guard(() => reading.next()));
      if (read.done) break;
      for (const event of read.value) {
        if (event.stream !== stream) continue;
        page.push(event);
        length += event.body.length;
      }
      if (page.length < PAGE_EVENTS && length < PAGE_LENGTH) continue;
      yield page;
      page = [];
      length = 0;
    }
    if (page.length > 0) yield page;
  }

  return {
    streamPages,
    readStream: (stream, options) => eventsOfPages(streamPages(stream, options)),

    async *readAll(options: ReadOptions = {}) {
      await assertHistory(options);
      const upTo = Math.min(guard(end.head), numberOf(options.upTo, Number.MAX_SAFE_INTEGER));
      let after = numberOf(options.after, 0);
      while (after < upTo) {
        const page = await inTurn(() => readPage(after, upTo, options));
        after = page.last;
        if (page.events.length > 0) yield page.events;
      }
    },

    async *subscribe(options): AsyncGenerator<SubscriptionItem> {
      await assertHistory(options);
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
          // Waits only if nothing was appended while the reader was busy with this item.
          if (!end.isClosed() && Math.min(end.head(), limit) === upTo) await either(next, signal);
        }
      }
    },
  };
}

/** Resolves with the promise or the abort, and removes its listener. */
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
