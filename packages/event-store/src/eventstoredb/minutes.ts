import { countingMinutes, plus } from '../minute-counts.ts';
import { type CountedEvents, type CountedMinutes, type MinuteSpan, positionChecksum } from '../port.ts';
import { PUBLISHED_PREFIX } from '../published-streams.ts';
import type { DecodedEvent } from './record.ts';

/** The counts that a part of the log, `(after, position]`, adds to its minutes. */
export interface MinutePiece {
  readonly after: bigint;
  readonly position: bigint;
  readonly minutes: ReadonlyMap<number, MinuteSum>;
}

export interface MinuteSum {
  /** Position of the last event of the minute in this piece. */
  readonly upTo: bigint;
  readonly sources: ReadonlyMap<string, SourceSum>;
}

export interface SourceSum {
  readonly accepted: number;
  readonly stored: CountedEvents;
}

/** A piece that grows with the log. */
export interface GrowingPiece {
  add(decoded: DecodedEvent, minute: number): void;
  /** Number of pairs of minute and source. */
  readonly rows: number;
  /** Estimated size as JSON, bytes. */
  readonly bytes: number;
  piece(position: bigint): MinutePiece;
}

/** Most bytes of a minute's numbers, and of a source's within it. */
const MINUTE_BYTES = 48;
const ROW_BYTES = 56;

export function growingPiece(after: bigint): GrowingPiece {
  const minutes = new Map<number, { upTo: bigint; readonly sources: Map<string, SourceSum> }>();
  let rows = 0;
  let bytes = 0;
  return {
    get rows() {
      return rows;
    },
    get bytes() {
      return bytes;
    },
    add({ event, claims }, minute) {
      let sum = minutes.get(minute);
      if (sum === undefined) {
        sum = { upTo: event.position, sources: new Map() };
        bytes += MINUTE_BYTES;
        minutes.set(minute, sum);
      }
      sum.upTo = event.position;
      if (!event.stream.startsWith(PUBLISHED_PREFIX)) return;
      const { sources } = sum;
      const grow = (source: string, accepted: number, stored?: CountedEvents) => {
        const before = sources.get(source);
        if (before === undefined) {
          rows += 1;
          bytes += ROW_BYTES + Buffer.byteLength(source);
        }
        const sofar = before ?? { accepted: 0, stored: { events: 0, checksum: 0 } };
        sources.set(source, {
          accepted: sofar.accepted + accepted,
          stored: stored === undefined ? sofar.stored : plus(sofar.stored, stored),
        });
      };
      grow(event.source, 0, { events: 1, checksum: positionChecksum(event.position) });
      for (const [source, accepted] of claims) grow(source, accepted);
    },
    piece: (position) => ({ after, position, minutes }),
  };
}

/**
 * Counts a span from the consecutive pieces that cover it. `readPart` reads the part `(after,
 * upTo]` of a minute that a mark cuts.
 */
export async function countPieces(
  pieces: readonly MinutePiece[],
  { from, to }: MinuteSpan,
  marks: readonly bigint[],
  readPart: (after: bigint, upTo: bigint) => AsyncIterable<readonly DecodedEvent[]>,
): Promise<CountedMinutes> {
  const sums = joined(pieces);
  const within = [...sums].filter(([minute]) => minute >= from && minute < to);
  const before = [...sums].findLast(([minute]) => minute < from)?.[1].upTo ?? pieces[0]?.after ?? 0n;
  const counting = countingMinutes(before, marks);
  let after = before;
  for (const [minute, { upTo, sources }] of within) {
    counting.reach(minute, upTo);
    for (const [source, { accepted }] of sources) {
      counting.enter(minute, source, { accepted, duplicates: null, conflicts: null, rejected: null });
    }
    const cuts = [...new Set(marks.filter((mark) => mark > after && mark < upTo))].sort((a, b) => (a < b ? -1 : 1));
    const rest = new Map([...sources].map(([source, { stored }]) => [source, stored]));
    for (const cut of cuts) {
      for (const [source, counted] of await sumOf(readPart(after, cut))) {
        counting.store(minute, source, counted, cut);
        const left = rest.get(source) ?? { events: 0, checksum: 0 };
        rest.set(source, { events: left.events - counted.events, checksum: left.checksum - counted.checksum });
      }
      after = cut;
    }
    for (const [source, counted] of rest) counting.store(minute, source, counted, upTo);
    after = upTo;
  }
  return counting.counted(after);
}

function joined(pieces: readonly MinutePiece[]): Map<number, MinuteSum> {
  const sums = new Map<number, { upTo: bigint; readonly sources: Map<string, SourceSum> }>();
  for (const { minutes } of pieces) {
    for (const [minute, { upTo, sources }] of minutes) {
      const sum = sums.get(minute) ?? { upTo, sources: new Map<string, SourceSum>() };
      sum.upTo = upTo;
      for (const [source, { accepted, stored }] of sources) {
        const before = sum.sources.get(source);
        sum.sources.set(source, {
          accepted: (before?.accepted ?? 0) + accepted,
          stored: before === undefined ? stored : plus(before.stored, stored),
        });
      }
      sums.set(minute, sum);
    }
  }
  return new Map([...sums].sort(([a], [b]) => a - b));
}

async function sumOf(pages: AsyncIterable<readonly DecodedEvent[]>): Promise<Map<string, CountedEvents>> {
  const sums = new Map<string, CountedEvents>();
  for await (const page of pages) {
    for (const { event } of page) {
      if (!event.stream.startsWith(PUBLISHED_PREFIX)) continue;
      const one = { events: 1, checksum: positionChecksum(event.position) };
      const before = sums.get(event.source);
      sums.set(event.source, before === undefined ? one : plus(before, one));
    }
  }
  return sums;
}

/** A piece as JSON values, with bigints as text. */
export const encodePiece = ({ after, minutes }: MinutePiece) => ({
  after: String(after),
  minutes: [...minutes].map(([minute, { upTo, sources }]) => [
    minute,
    String(upTo),
    [...sources].map(([source, { accepted, stored }]) => [source, accepted, stored.events, stored.checksum]),
  ]),
});

/** Decodes a piece; throws if the value is none. */
export function decodePiece(position: bigint, { after, minutes }: Record<string, unknown>): MinutePiece {
  const sums = (minutes as [number, string, [string, number, number, number][]][]).map(
    ([minute, upTo, sources]) =>
      [
        minute,
        {
          upTo: BigInt(upTo),
          sources: new Map(
            sources.map(([source, accepted, events, checksum]) => [source, { accepted, stored: { events, checksum } }]),
          ),
        },
      ] as const,
  );
  return { after: BigInt(after as string), position, minutes: new Map(sums) };
}
