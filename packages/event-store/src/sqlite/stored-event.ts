import { bodyAsStored, damagedBody, type OnDamaged } from '../damaged-event.ts';
import { type BodyBytes, checksumOfBytes } from '../event-checksum.ts';
import type { StoredEvent } from '../port.ts';
import { PUBLISHED_PREFIX } from '../published-streams.ts';
import { viewOf } from '../xx-hash.ts';
import { exactNumber, type SqliteDatabase } from './driver.ts';

/** A body as text, with the bytes that it was stored as. */
export interface StoredBody extends BodyBytes {
  readonly text: string;
}

export function storedBody(bytes: Buffer): StoredBody {
  return { text: bytes.toString('utf8'), bytes: viewOf(bytes), from: 0, to: bytes.length };
}

/**
 * Makes an event from its columns; a number is `null` if the column holds none. An event whose
 * checksum does not match is damaged (see `damaged-event.ts`) and gets times of 0, so that nobody
 * trusts them, and the stream that its body names where the checksum proves that.
 */
export type EventOfRow = (
  position: number,
  stream: string,
  time: number | null,
  recordedAt: number | null,
  body: StoredBody,
  checksum: number | null,
) => StoredEvent;

/** The one function that turns rows of the log into events. */
export function eventOfRow(database: SqliteDatabase, onDamaged: OnDamaged = () => {}): EventOfRow {
  const upTo = database.prepareTuples(`SELECT ${exactNumber('max(up_to)')} FROM unchecked`).all()[0]?.[0];
  const uncheckedUpTo = typeof upTo === 'number' ? upTo : 0;
  return (position, stream, time, recordedAt, body, checksum) => {
    if (time !== null && recordedAt !== null) {
      const isWhole =
        checksum === null ? position <= uncheckedUpTo : checksum === checksumOfBytes(stream, time, recordedAt, body);
      if (isWhole) return new ReadEvent(BigInt(position), stream, time, recordedAt, body.text);
    }
    const whose = provenStream(time, recordedAt, body, checksum) ?? stream;
    const damaged = new ReadEvent(BigInt(position), whose, 0, 0, damagedBody(body.text));
    onDamaged(damaged);
    return damaged;
  };
}

/**
 * The customer's stream of an event of which only the stream's name was changed; otherwise nobody
 * would notice that rows count it. Undefined where the checksum does not prove it.
 */
function provenStream(
  time: number | null,
  recordedAt: number | null,
  body: StoredBody,
  checksum: number | null,
): string | undefined {
  const { subject } = attributesIn(body.text);
  if (time === null || recordedAt === null || typeof subject !== 'string') return undefined;
  const stream = PUBLISHED_PREFIX + subject;
  return checksum === checksumOfBytes(stream, time, recordedAt, body) ? stream : undefined;
}

/**
 * `source`, `id` and `type` are parsed from the body only when read, so that a replay, which parses
 * the body anyway, does not pay twice. They are getters of a class: own getters would cost as much
 * as the parsing, and a literal with a prototype takes V8's slow path.
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

/** Cache of the last body parsed, because callers usually read the three together. */
let latest: { body: string; attributes: Record<string, unknown> } = { body: '', attributes: {} };

function attribute({ body }: StoredEvent, name: 'source' | 'id' | 'type'): string {
  if (latest.body !== body) latest = { body, attributes: attributesIn(bodyAsStored({ body })) };
  const value = latest.attributes[name];
  return typeof value === 'string' ? value : '';
}

/** Returns no attributes for a damaged body, because readers of the log must get past it. */
function attributesIn(body: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
