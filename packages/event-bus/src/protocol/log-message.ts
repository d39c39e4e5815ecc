import { proofOf, type StoredEvent } from '@touchstone/event-store';
import { BusError } from '../bus-error.ts';
import type { Headers, Message, OutgoingMessage } from '../event-bus.ts';
import { partitionOf } from '../partition-of.ts';
import { encodeStructured } from './cloudevents-binding.ts';

export const LOG_TOPIC = 'touchstone.log';
export const CHANGES_TOPIC = 'touchstone.changes';
export const EVENTS_TOPIC = 'touchstone.events';
export const REJECTED_TOPIC = 'touchstone.events.rejected';

const CUSTOMER_STREAMS = ['customer-', 'changes-'];

/** Fields that all messages of one relayed batch share. */
export interface RelayedBatch {
  /** Every event up to this position is already in the topic: a restarted relay continues here. */
  readonly after: bigint;
  /**
   * Number of partitions when the message was sent; a change tells readers that customers have
   * moved.
   */
  readonly partitions: number;
  /**
   * The log, and the run of the relay that sent the message; undefined in messages of earlier
   * versions.
   */
  readonly origin?: MessageOrigin | undefined;
}

/**
 * Identifies a log and a run of the relay: everything that one run sends follows one history of
 * that log.
 */
export interface MessageOrigin {
  readonly log: string;
  readonly run: string;
}

const originHeaders = (origin: MessageOrigin | undefined) =>
  origin === undefined ? {} : { 'touchstone-log': origin.log, 'touchstone-run': origin.run };

export type PlacedMessage = OutgoingMessage & { readonly partition: number };

/**
 * Key of a log message: the customer, so that one partition holds all of a customer's events. A
 * stream without a customer uses its own name.
 */
export function keyOf(stream: string): string {
  const prefix = CUSTOMER_STREAMS.find((start) => stream.startsWith(start));
  return prefix === undefined ? stream : stream.slice(prefix.length);
}

/**
 * Encodes the event as a structured CloudEvent, byte for byte as it is stored; headers carry the
 * log's own fields and those that readers want without parsing. No header begins with `ce_`,
 * because Python's SDK takes such a header for binary mode.
 */
export function encodeLogMessage(event: StoredEvent, batch: RelayedBatch): PlacedMessage {
  return encodeStored(event, event.body, batch);
}

/**
 * Encodes an announcement for readers with a CloudEvents SDK: adds `specversion` if it was stored
 * without.
 */
export function encodeChange(event: StoredEvent, batch: RelayedBatch): PlacedMessage {
  return encodeStored(event, withSpecversion(event.body), batch);
}

const SPECVERSION = '{"specversion":"1.0"';

function withSpecversion(body: string): string {
  if (body.startsWith(SPECVERSION)) return body;
  const attributes = parsedObject(body);
  return attributes === undefined ? body : JSON.stringify({ specversion: '1.0', ...attributes });
}

/** The parsed object, or undefined: a damaged event is passed on unchanged and blocks nobody. */
function parsedObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function encodeStored(event: StoredEvent, body: string, { after, partitions, origin }: RelayedBatch): PlacedMessage {
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
    ...(event.mark === undefined ? {} : { 'touchstone-written': event.mark }),
    ...originHeaders(origin),
  };
  return {
    ...encodeStructured(key, body, headers),
    partition: partitionOf(key, partitions),
    label: `event ${event.id} of ${event.source} (position ${event.position}, stream ${event.stream})`,
  };
}

/**
 * Header of a watermark message: all log events of this partition up to its position come before
 * it. A watermark holds no event of the log.
 */
export const MARK_HEADER = 'touchstone-mark';
const MARK_SOURCE = 'urn:touchstone:relay';
const MARK_TYPE = 'touchstone.mark.v1';

export const isMark = ({ headers }: { readonly headers: Headers }): boolean => headers[MARK_HEADER] !== undefined;

/** The last relayed position, and the history proof of the event there. */
export interface Relayed {
  readonly position: bigint;
  readonly history: string | undefined;
}

/**
 * Encodes a watermark, which tells a quiet partition's readers how far the log is; send it only for
 * a position up to which everything is in the topic. Its value is a CloudEvent, because SDKs decode
 * every message of the topic as one.
 */
export function encodeMark(
  { position, history }: Relayed,
  partition: number,
  partitions: number,
  origin?: MessageOrigin,
): PlacedMessage {
  const headers = {
    [MARK_HEADER]: String(position),
    'touchstone-after': String(position),
    'touchstone-partitions': String(partitions),
    ...(history === undefined ? {} : { 'touchstone-history': history }),
    ...originHeaders(origin),
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
  /**
   * Watermark: all events up to this position that belong to this partition are in this message or
   * before it.
   */
  readonly position: bigint;
  /** `null` for a watermark message. */
  readonly event: StoredEvent | null;
  /** Proof of the event at its position in the log; undefined if the message carries none. */
  history(): string | undefined;
}

/**
 * Also decodes messages of an earlier relay: watermarks without a value, and the former names of
 * three headers. Throws {@link BusError} `foreign_message` for a message that the relay did not
 * write.
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
  const isFrom = headers['touchstone-log'] !== undefined;
  const origin = isFrom ? { log: text('touchstone-log'), run: text('touchstone-run') } : undefined;
  const batch = { after: position('touchstone-after'), partitions: number('touchstone-partitions'), origin };
  if (isMark({ headers })) {
    const history = headers['touchstone-history'] === undefined ? undefined : text('touchstone-history');
    return { ...batch, position: position(MARK_HEADER), event: null, history: () => history };
  }
  const at = position('touchstone-position');
  const event: StoredEvent = {
    position: at,
    recordedAt: number('touchstone-recordedat'),
    stream: text('touchstone-stream'),
    id: attribute('id'),
    source: attribute('source'),
    type: attribute('type'),
    time: number('touchstone-time'),
    body: value?.toString('utf8') ?? '',
    ...(headers['touchstone-written'] !== undefined && { mark: text('touchstone-written') }),
  };
  return { ...batch, position: at, event, history: () => (isFrom ? proofOf(event) : undefined) };
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
