import { bodyAsStored, damagedBody, type OnDamaged } from '../damaged-event.ts';
import { type BodyBytes, checksumOfBytes } from '../event-checksum.ts';
import type { StoredEvent } from '../port.ts';
import { viewOf } from '../xx-hash.ts';
import type { SqliteDatabase } from './driver.ts';

/** A body as text, and the bytes that were stored of it. */
export interface StoredBody extends BodyBytes {
  readonly text: string;
}

export function storedBody(bytes: Buffer): StoredBody {
  return { text: bytes.toString('utf8'), bytes: viewOf(bytes), from: 0, to: bytes.length };
}

/**
 * An event from its columns, each number `null` where what is stored is none. One whose checksum does not hold is damaged: see `damaged-event.ts`. Its times are 0,
 * so that nobody takes them for known.
 */
export type EventOfRow = (
  position: number,
  stream: string,
  time: number | null,
  recordedAt: number | null,
  body: StoredBody,
  checksum: number | null,
) => StoredEvent;

/** The one place where rows of the log become events. */
export function eventOfRow(database: SqliteDatabase, onDamaged: OnDamaged = () => {}): EventOfRow {
  const upTo = database.prepareTuples('SELECT max(up_to) FROM unchecked').all()[0]?.[0];
  const uncheckedUpTo = typeof upTo === 'number' ? upTo : 0;
  return (position, stream, time, recordedAt, body, checksum) => {
    if (time !== null && recordedAt !== null) {
      const isWhole =
        checksum === null ? position <= uncheckedUpTo : checksum === checksumOfBytes(stream, time, recordedAt, body);
      if (isWhole) return new ReadEvent(BigInt(position), stream, time, recordedAt, body.text);
    }
    const damaged = new ReadEvent(BigInt(position), stream, 0, 0, damagedBody(body.text));
    onDamaged(damaged);
    return damaged;
  };
}

/**
 * `source`, `id` and `type` stand in the body alone and are read from it when asked for: a replay, which parses the body anyway, does not pay for them twice. They are inherited, because own
 * getters would cost as much as the parsing; by a class, because a literal with a prototype takes the engine's slow way.
 */
class ReadEvent implements StoredEvent {
  readonly position: bigint;
  readonly stream: string;
  readonly time: number;
  readonly recordedAt: number;
  readonly body: string;

  constructor(position: bigint, stream: string, time: number, recordedAt: number, body: string) {
    this.position = position;
    this.stream = stream;
    this.time = time;
    this.recordedAt = recordedAt;
    this.body = body;
  }

  get source(): string {
    return attribute(this, 'source');
  }

  get id(): string {
    return attribute(this, 'id');
  }

  get type(): string {
    return attribute(this, 'type');
  }
}

/** The three are usually asked for together: one parse serves them all. */
let latest: { body: string; attributes: Record<string, unknown> } = { body: '', attributes: {} };

function attribute({ body }: StoredEvent, name: 'source' | 'id' | 'type'): string {
  if (latest.body !== body) latest = { body, attributes: attributesIn(bodyAsStored({ body })) };
  const value = latest.attributes[name];
  return typeof value === 'string' ? value : '';
}

/** None in a body that is damaged: whoever reads the log has to get past it. */
function attributesIn(body: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
