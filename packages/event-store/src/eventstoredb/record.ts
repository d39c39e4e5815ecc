import { damagedBody, type OnDamaged } from '../damaged-event.ts';
import { checksumOf } from '../event-checksum.ts';
import type { EventToAppend, StoredEvent } from '../port.ts';
import type { StreamNames } from './names.ts';
import type { WireEvent, WireRecord } from './wire.ts';

/**
 * How an event of the port is kept in EventStoreDB: its body, byte for byte, is the data; what the port says beside the body is the metadata.
 * An event without this metadata was written by someone else into the same database: it is not part of our log.
 */
interface RecordMetadata {
  readonly source: string;
  readonly id: string;
  readonly time: number;
  /** When it was recorded in the log that this was copied from, ms since 1970: wins over the server's own stamp. Written by a copy alone. */
  readonly recordedAt?: number;
  /**
   * On the first event of each append: how many events this append was to store, written in its own transaction. Their sum over the log is
   * what was accepted.
   */
  readonly accepted?: number;
  /** The same by source, where the append was of several. */
  readonly acceptedOf?: Claims;
}

/** Ends the metadata: the checksum of what stands before it, the stream and the body. Events that were written before there was one end without. */
const CHECKSUM = ',"checksum":';

/** How many events of each source an append was to store; empty on all but its first event. */
export type Claims = readonly (readonly [source: string, events: number])[];

export interface DecodedEvent {
  /** Recorded when the server stamped it, or when the log recorded it that this was copied from, until a reader says otherwise: see `recording.ts`. */
  readonly event: StoredEvent;
  readonly claims: Claims;
  /** Of its stream. */
  readonly revision: number;
}

/** What an append of these events claims. */
export function claimsOf(events: readonly EventToAppend[]): Claims {
  const claims = new Map<string, number>();
  for (const { source } of events) claims.set(source, (claims.get(source) ?? 0) + 1);
  return [...claims];
}

export function encodeEvent(
  event: EventToAppend,
  streamInDatabase: string,
  { eventId, data }: Pick<WireEvent, 'eventId' | 'data'>,
  claims: Claims = [],
  recordedAt?: number,
): WireEvent {
  const metadata: RecordMetadata = {
    source: event.source,
    id: event.id,
    time: event.time,
    ...(recordedAt === undefined ? {} : { recordedAt }),
    ...(claims.length > 0 ? { accepted: claims.reduce((sum, [, events]) => sum + events, 0) } : {}),
    ...(claims.length > 1 ? { acceptedOf: claims } : {}),
  };
  const said = JSON.stringify(metadata).slice(0, -1);
  const checksum = checksumOfRecord(streamInDatabase, said, event.body);
  return { eventId, type: event.type, data, metadata: Buffer.from(`${said}${CHECKSUM}${checksum}}`) };
}

/** The server gives the time of recording, so that it can be no part of it. */
const checksumOfRecord = (streamInDatabase: string, said: string, body: string): number =>
  checksumOf(`${streamInDatabase}\n${said}`, 0, 0, body);

/** `undefined` if it is not an event of our log. One that is ours and is not what was accepted is damaged: see `damaged-event.ts`. */
export function decodeEvent(
  record: WireRecord,
  names: StreamNames,
  onDamaged: OnDamaged = () => {},
): DecodedEvent | undefined {
  if (!record.metadata.startsWith(BEGINNING)) return undefined;
  const metadata = parseMetadata(record.metadata);
  if (metadata === 'foreign') return undefined;
  const { type, data, position, createdAt, eventId, revision } = record;
  const mark = `${eventId}@${revision}`;
  const stream = names.ours(record.stream);
  const { source, id, time, recordedAt = createdAt, accepted, acceptedOf } = metadata ?? NOTHING_SAID;
  const claims = acceptedOf ?? (accepted === undefined ? NO_CLAIMS : ([[source, accepted]] as const));
  const isWhole = metadata !== undefined && isAsWritten(record);
  if (!isWhole) onDamaged({ position, stream });
  const body = isWhole ? data : damagedBody(data);
  return { event: { stream, source, id, type, time, body, position, recordedAt, mark }, claims, revision };
}

const BEGINNING = '{"source":';
const NOTHING_SAID: RecordMetadata = { source: '', id: '', time: 0 };

function isAsWritten({ stream, metadata, data }: WireRecord): boolean {
  const at = metadata.lastIndexOf(CHECKSUM);
  if (at < 0) return true;
  return metadata.slice(at + CHECKSUM.length) === `${checksumOfRecord(stream, metadata.slice(0, at), data)}}`;
}

const NO_CLAIMS: Claims = [];

/** `undefined`: it begins as ours does, and cannot be read. */
function parseMetadata(text: string): RecordMetadata | 'foreign' | undefined {
  try {
    const metadata = JSON.parse(text) as Partial<RecordMetadata>;
    const { source, id, time } = metadata;
    const isOurs = typeof source === 'string' && typeof id === 'string' && Number.isFinite(time);
    return isOurs ? (metadata as RecordMetadata) : text.includes(CHECKSUM) ? undefined : 'foreign';
  } catch {
    return undefined;
  }
}
