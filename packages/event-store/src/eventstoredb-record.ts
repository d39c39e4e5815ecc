import type { StreamNames } from './eventstoredb-names.ts';
import type { WireEvent, WireRecord } from './eventstoredb-wire.ts';
import type { EventToAppend, StoredEvent } from './port.ts';

/**
 * How an event of the port is kept in EventStoreDB: its body, byte for byte, is the data; what the port says beside the body is the metadata.
 * An event without this metadata was written by someone else into the same database: it is not part of our log.
 */
interface RecordMetadata {
  readonly source: string;
  readonly id: string;
  readonly time: number;
  /**
   * On the first event of each append: how many events this append was to store, written in its own transaction. Their sum over the log is
   * what was accepted.
   */
  readonly accepted?: number;
  /** The same by source, where the append was of several. */
  readonly acceptedOf?: Claims;
}

/** How many events of each source an append was to store; empty on all but its first event. */
export type Claims = readonly (readonly [source: string, events: number])[];

export interface DecodedEvent {
  /** Recorded when the server stamped it, until a reader says otherwise: see `eventstoredb-recording.ts`. */
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

export function encodeEvent(event: EventToAppend, eventId: string, data: Uint8Array, claims: Claims = []): WireEvent {
  const metadata: RecordMetadata = {
    source: event.source,
    id: event.id,
    time: event.time,
    ...(claims.length > 0 ? { accepted: claims.reduce((sum, [, events]) => sum + events, 0) } : {}),
    ...(claims.length > 1 ? { acceptedOf: claims } : {}),
  };
  return { eventId, type: event.type, data, metadata: Buffer.from(JSON.stringify(metadata)) };
}

/** `undefined` if it is not an event of our log. */
export function decodeEvent(record: WireRecord, names: StreamNames): DecodedEvent | undefined {
  const metadata = parseMetadata(record.metadata);
  if (!metadata) return undefined;
  const { source, id, time, accepted, acceptedOf } = metadata;
  const { type, data: body, position, createdAt: recordedAt, eventId, revision } = record;
  const mark = `${eventId}@${revision}`;
  const stream = names.ours(record.stream);
  const claims = acceptedOf ?? (accepted === undefined ? NO_CLAIMS : ([[source, accepted]] as const));
  return { event: { stream, source, id, type, time, body, position, recordedAt, mark }, claims, revision };
}

const NO_CLAIMS: Claims = [];

function parseMetadata(text: string): RecordMetadata | undefined {
  if (!text.startsWith('{"source":')) return undefined;
  try {
    const metadata = JSON.parse(text) as Partial<RecordMetadata>;
    const { source, id, time } = metadata;
    const isOurs = typeof source === 'string' && typeof id === 'string' && Number.isFinite(time);
    return isOurs ? (metadata as RecordMetadata) : undefined;
  } catch {
    return undefined;
  }
}
