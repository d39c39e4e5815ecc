import { hash } from 'node:crypto';
import { isDamaged } from '../damaged-event.ts';
import { minuteOf } from '../minute-counts.ts';
import { EventStoreError, type StoredEvent } from '../port.ts';
import type { NamedPositionIn } from './named-positions.ts';
import { type CopySide, eachOf } from './sides.ts';

/** Number of events, and a digest of their contents in order. */
export interface Sum {
  events: number;
  digest: string;
}

/** Sums of one side, as far as it has been read. */
export interface SideSums {
  readonly streams: ReadonlyMap<string, Sum>;
  /** Keyed by the start of the minute in which the events were recorded, ms since 1970. */
  readonly minutes: ReadonlyMap<number, Sum>;
  readonly events: number;
}

export interface Comparison {
  /**
   * Reads on in both logs up to the end of the copy. Throws `refused` at the first event that
   * differs.
   */
  advance(signal: AbortSignal, onProgress: (events: number) => void): Promise<void>;
  /** Position in the source of the last event that both hold. */
  readonly position: bigint;
  readonly source: SideSums;
  readonly copy: SideSums;
}

/**
 * Compares a copy with its source event by event, and sums both by stream and by minute, in some
 * 300 bytes a stream. Each call continues where the last one stopped, so that most of the work is
 * done while the source still takes events.
 */
export function comparison(
  source: CopySide,
  copy: CopySide,
  namedPositionIn: NamedPositionIn,
  behind = BEGINNING,
): Comparison {
  const [ofSource, ofCopy] = [sums(namedPositionIn), sums(namedPositionIn)];
  let { source: inSource, copy: inCopy } = behind;
  return {
    get position() {
      return inSource;
    },
    source: ofSource.sums,
    copy: ofCopy.sums,
    async advance(signal, onProgress) {
      const original = eachOf(source.events(inSource));
      try {
        for await (const page of copy.events(inCopy)) {
          for (const copied of page) {
            signal.throwIfAborted();
            const { value: event } = await original.next();
            const what = event === undefined ? undefined : ofSource.digestOf(event);
            if (event === undefined || what !== ofCopy.digestOf(copied)) throw another(copied, event, copy, source);
            ofSource.add(event, what!);
            ofCopy.add(copied, what!);
            [inSource, inCopy] = [event.position, copied.position];
          }
          onProgress(ofCopy.sums.events);
        }
      } finally {
        await original.return(undefined);
      }
    },
  };
}

const BEGINNING = { source: 0n, copy: 0n };

function sums(namedPositionIn: NamedPositionIn) {
  const streams = new Map<string, Sum>();
  const minutes = new Map<number, Sum>();
  const told = { streams, minutes, events: 0 };
  let lastRecordedAt = 0;
  return {
    sums: told,
    /**
     * Leaves the times of a damaged event out, because neither log knows them, and a position that
     * the event names, because the other log has another.
     */
    digestOf(event: StoredEvent): string {
      const { stream, time, recordedAt } = event;
      const body = namedPositionIn(event)?.bodyWith(0n) ?? event.body;
      const times = isDamaged({ body }) ? '' : `${time} ${recordedAt}`;
      return hash('sha256', `${stream}\n${times}\n${body}`, 'base64');
    },
    add({ stream, recordedAt }: StoredEvent, digest: string): void {
      lastRecordedAt = Math.max(lastRecordedAt, recordedAt);
      grow(streams, stream, digest);
      grow(minutes, minuteOf(lastRecordedAt), digest);
      told.events += 1;
    },
  };
}

function grow<Key>(of: Map<Key, Sum>, key: Key, digest: string): void {
  const sum = of.get(key);
  if (sum === undefined) {
    of.set(key, { events: 1, digest });
    return;
  }
  sum.events += 1;
  sum.digest = hash('sha256', sum.digest + digest, 'base64');
}

function another(copied: StoredEvent, event: StoredEvent | undefined, copy: CopySide, source: CopySide): Error {
  const there = `${JSON.stringify(copied.id)} of stream ${JSON.stringify(copied.stream)} at position ${copied.position} of ${copy.place}`;
  const here =
    event === undefined
      ? `${source.place} has no such event`
      : `in its place ${source.place} has ${JSON.stringify(event.id)} of stream ${JSON.stringify(event.stream)} at position ${event.position}`;
  return new EventStoreError(
    'refused',
    `The event ${there} is not of this copy: ${here}. What to do: begin anew in a place that is empty.`,
  );
}

/** One digest for all sums; equal only if each sum is. */
export function digestOfAll<Key extends string | number>(of: ReadonlyMap<Key, Sum>): string {
  const lines = [...of].map(([key, { events, digest }]) => `${key} ${events} ${digest}`).sort();
  return hash('sha256', lines.join('\n'), 'hex').slice(0, 16);
}
