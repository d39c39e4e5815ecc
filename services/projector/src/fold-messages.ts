import type { Measures } from '@touchstone/journey';
import type { LoggedEvent } from './customers.ts';
import type { FoldedBatch } from './folder.ts';
import type { Condemned } from './range-fault.ts';

/** What is said between the thread that reads and writes and a thread that folds. `fold` names the folder; several share a thread. */
export type ToThread =
  | {
      readonly kind: 'start';
      readonly fold: number;
      readonly measures: Measures;
      readonly after: bigint;
      readonly parked: readonly bigint[];
      readonly customersMax: number | undefined;
      readonly condemned: Condemned | undefined;
    }
  | { readonly kind: 'take'; readonly fold: number; readonly events: PackedEvents }
  | { readonly kind: 'finish'; readonly fold: number; readonly upTo: bigint }
  | { readonly kind: 'streams'; readonly reading: number; readonly streams: readonly PackedEvents[] }
  | { readonly kind: 'unreadable'; readonly reading: number; readonly error: Error }
  | { readonly kind: 'close'; readonly fold: number }
  /** Nothing more will be asked: the thread ends by itself. */
  | { readonly kind: 'end' };

export type FromThread =
  | { readonly kind: 'taken'; readonly fold: number }
  | { readonly kind: 'finished'; readonly fold: number; readonly folded: FoldedBatch }
  /** An error crosses without its class. */
  | { readonly kind: 'failed'; readonly fold: number; readonly error: Error; readonly isRangeFault: boolean }
  | {
      readonly kind: 'read';
      readonly fold: number;
      readonly reading: number;
      readonly asked: readonly { readonly stream: string; readonly upTo: bigint | undefined }[];
    };

/** Events by column: a message of a thousand objects takes several times as long. */
export interface PackedEvents {
  readonly positions: BigUint64Array;
  readonly times: Float64Array;
  readonly recordedAts: Float64Array;
  readonly streams: readonly string[];
  readonly bodies: readonly string[];
}

export function pack(events: readonly LoggedEvent[]): PackedEvents {
  const { length } = events;
  const packed = {
    positions: new BigUint64Array(length),
    times: new Float64Array(length),
    recordedAts: new Float64Array(length),
    streams: new Array<string>(length),
    bodies: new Array<string>(length),
  };
  for (let i = 0; i < length; i++) {
    const { position, time, recordedAt, stream, body } = events[i]!;
    packed.positions[i] = position;
    packed.times[i] = time;
    packed.recordedAts[i] = recordedAt;
    packed.streams[i] = stream;
    packed.bodies[i] = body;
  }
  return packed;
}

export function unpack({ positions, times, recordedAts, streams, bodies }: PackedEvents): LoggedEvent[] {
  return streams.map((stream, i) => ({
    position: positions[i]!,
    time: times[i]!,
    recordedAt: recordedAts[i]!,
    stream,
    body: bodies[i]!,
  }));
}
