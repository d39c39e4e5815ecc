import { damagedBody, type OnDamaged } from '../damaged-event.ts';
import { checksumOf } from '../event-checksum.ts';
import type { EventToAppend, StoredEvent } from '../port.ts';
import type { StreamNames } from './names.ts';
import type { WireEvent, WireRecord } from './wire.ts';

/**
 * Metadata of an event in EventStoreDB: the data holds its body byte for byte, the metadata
 * everything that the port keeps beside the body. An event without this metadata was written by
 * another application and is not part of our log.
 */
interface RecordMetadata {
  readonly source: string;
  readonly id: string;
  readonly time: number;
  /**
   * When the source log recorded it, ms since 1970; only a copy writes it, and it overrides the
   * server's stamp.
   */
  readonly recordedAt?: number;
  /**
   * On the first event of each append: the number of events of the append, written in its own
   * transaction. Their sum over the log is the number accepted.
   */
  readonly accepted?: number;
  /** The same by source, for an append with several. */
  readonly acceptedOf?: Claims;
}

/**
 * Ends the metadata: the checksum of the stream, the body and the metadata before it. Events
 * written by earlier versions have none.
 */
const CHECKSUM = ',"checksum":';

/** Number of events of each source in an append; empty on all but its first event. */
export type Claims = readonly (readonly [source: string, events: number])[];

export interface DecodedEvent {
  /**
   * Recorded at the server's stamp, or at the time in the source log of a copy, until a reader
   * corrects it: see `recording.ts`.
   */
  readonly event: StoredEvent;
  readonly claims: Claims;
  /** Revision in its stream. */
  readonly revision: number;
}

/** The claims of an append of these events. */
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

/** The server sets the recording time later, so the checksum cannot cover it. */
const checksumOfRecord = (streamInDatabase: string, said: string, body: string): number =>
  checksumOf(`${streamInDatabase}\n${said}`, 0, 0, body);

/**
 * `undefined` if it is no event of our log. An event of ours that is not what was accepted is
 * damaged: see `damaged-event.ts`.
 */
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

/** `undefined` if the text begins as ours does but cannot be read. */
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
