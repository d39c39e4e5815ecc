import type { StoredEvent } from '@touchstone/event-store';
import { BusError } from './bus-error.ts';
import { encodeStructured } from './cloudevents-binding.ts';
import type { Headers, Message, OutgoingMessage } from './event-bus.ts';
import { partitionOf } from './partition-of.ts';

export const LOG_TOPIC = 'touchstone.log';
export const CHANGES_TOPIC = 'touchstone.changes';
export const EVENTS_TOPIC = 'touchstone.events';
export const REJECTED_TOPIC = 'touchstone.events.rejected';

const CUSTOMER_STREAMS = ['customer-', 'changes-'];

/** What all messages of one relayed batch have in common. */
export interface RelayedBatch {
  /** Every event up to this position is in the topic already: where a relay that starts anew goes on. */
  readonly after: bigint;
  /** Partitions of the topic when it was sent: a change tells readers that customers have moved. */
  readonly partitions: number;
}

export type PlacedMessage = OutgoingMessage & { readonly partition: number };

/** Key of a log message: the customer, so that all of one customer is in one partition; the stream's name where it has no customer. */
export function keyOf(stream: string): string {
  const prefix = CUSTOMER_STREAMS.find((start) => stream.startsWith(start));
  return prefix === undefined ? stream : stream.slice(prefix.length);
}

/**
 * The event as a structured CloudEvent, byte for byte as it is stored; what the log knows beside it, and what readers want without parsing, in headers. None of
 * them begins with `ce_`: Python's SDK takes one such header for binary mode.
 */
export function encodeLogMessage(event: StoredEvent, batch: RelayedBatch): PlacedMessage {
  return encodeStored(event, event.body, batch);
}

/** The same for those who read announcements with a CloudEvents SDK: one that was stored without its `specversion` gets it. */
export function encodeChange(event: StoredEvent, batch: RelayedBatch): PlacedMessage {
  return encodeStored(event, withSpecversion(event.body), batch);
}

const SPECVERSION = '{"specversion":"1.0"';

function withSpecversion(body: string): string {
  if (body.startsWith(SPECVERSION)) return body;
  const attributes = parsedObject(body);
  return attributes === undefined ? body : JSON.stringify({ specversion: '1.0', ...attributes });
}

/** Undefined for what is no object: a damaged event is passed on as it is and holds up nobody. */
function parsedObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function encodeStored(event: StoredEvent, body: string, { after, partitions }: RelayedBatch): PlacedMessage {
  const key = keyOf(event.stream);
  const headers = {
    'touchstone-position': String(event.position),
    'touchstone-stream': event.stream,
    'touchstone-recordedat': String(event.recordedAt),
    'touchstone-after': String(after),
    'touchstone-partitions': String(partitions),
    'touchstone-time': String(event.time),
    'touchstone-id': event.id,
    'touchstone-source': event.source,
    'touchstone-type': event.type,
  };
  return {
    ...encodeStructured(key, body, headers),
    partition: partitionOf(key, partitions),
    label: `event ${event.id} of ${event.source} (position ${event.position}, stream ${event.stream})`,
  };
}

/** Says in its header that the log's events up to this position, of this partition, all stand before it; it holds no event of the log. */
export const MARK_HEADER = 'touchstone-mark';
const MARK_SOURCE = 'urn:touchstone:relay';
const MARK_TYPE = 'touchstone.mark.v1';

export const isMark = ({ headers }: { readonly headers: Headers }): boolean => headers[MARK_HEADER] !== undefined;

/**
 * What tells the readers of a partition that nothing has come for it: a quiet one would not know how far the log is. Only for a position up to which
 * everything is in the topic. Its value is a CloudEvent, because the SDKs read every message of the topic as one.
 */
export function encodeMark(position: bigint, partition: number, partitions: number): PlacedMessage {
  const headers = {
    [MARK_HEADER]: String(position),
    'touchstone-after': String(position),
    'touchstone-partitions': String(partitions),
  };
  const event = {
    specversion: '1.0',
    id: `mark/${position}/${partition}/${partitions}`,
    source: MARK_SOURCE,
    type: MARK_TYPE,
    data: { position: String(position), partition, partitions },
  };
  const message = encodeStructured(null, JSON.stringify(event), headers);
  return { ...message, partition, label: `the mark of position ${position}` };
}

export interface LogMessage extends RelayedBatch {
  /** All of the log up to here, that belongs into its partition, stands before the message or in it. */
  readonly position: bigint;
  /** `null`: a mark. */
  readonly event: StoredEvent | null;
}

/**
 * Marks without a value, and the names that three headers had before, stand in topics that an earlier relay wrote.
 * Throws {@link BusError} `foreign_message` for what the relay did not write.
 */
export function decodeLogMessage({ headers, value, offset }: Message, where: string): LogMessage {
  const text = (name: string): string => headerOr(headers, name, `${where} offset ${offset}`);
  const attribute = (name: string): string =>
    text(headers[`ce_${name}`] === undefined ? `touchstone-${name}` : `ce_${name}`);
  const number = (name: string): number => wholeNumber(text(name), name, `${where} offset ${offset}`);
  const position = (name: string): bigint => {
    const digits = text(name);
    if (!/^\d{1,20}$/.test(digits)) throw foreign(`${where} offset ${offset} has ${name}: ${digits}`);
    return BigInt(digits);
  };
  const batch = { after: position('touchstone-after'), partitions: number('touchstone-partitions') };
  if (isMark({ headers })) return { ...batch, position: position(MARK_HEADER), event: null };
  const at = position('touchstone-position');
  return {
    ...batch,
    position: at,
    event: {
      position: at,
      recordedAt: number('touchstone-recordedat'),
      stream: text('touchstone-stream'),
      id: attribute('id'),
      source: attribute('source'),
      type: attribute('type'),
      time: number('touchstone-time'),
      body: value?.toString('utf8') ?? '',
    },
  };
}

function headerOr(headers: Headers, name: string, where: string): string {
  const given = headers[name];
  if (Buffer.isBuffer(given)) return given.toString('utf8');
  if (typeof given === 'string') return given;
  throw foreign(`${where} has no header ${name}`);
}

function wholeNumber(text: string, name: string, where: string): number {
  if (!/^-?\d{1,16}$/.test(text)) throw foreign(`${where} has ${name}: ${text}`);
  return Number(text);
}

const foreign = (what: string): BusError =>
  new BusError(
    'foreign_message',
    `${what}: the relay did not write it. What to do: only the relay may write to this topic; take the right from all others, delete the topic, and the relay fills it anew.`,
  );
