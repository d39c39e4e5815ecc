import type { StoredEvent } from './port.ts';

/** The members of a stored event that a fold needs and that are sent to another thread. */
export type PackableEvent = Pick<StoredEvent, 'position' | 'stream' | 'time' | 'recordedAt' | 'body'>;

/** Events stored by column: a message of a thousand objects takes several times as long to send. */
export interface PackedEvents {
  readonly positions: BigUint64Array;
  readonly times: Float64Array;
  readonly recordedAts: Float64Array;
  readonly streams: readonly string[];
  readonly bodies: readonly string[];
}

export function pack(events: readonly PackableEvent[]): PackedEvents {
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

export function unpack({ positions, times, recordedAts, streams, bodies }: PackedEvents): PackableEvent[] {
  return streams.map((stream, i) => ({
    position: positions[i]!,
    time: times[i]!,
    recordedAt: recordedAts[i]!,
    stream,
    body: bodies[i]!,
  }));
}
