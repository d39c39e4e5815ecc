import { isUtf8 } from 'node:buffer';
import {
  BATCH_EVENTS_MAX,
  EVENT_BYTES_MAX,
  isJsonArray,
  jsonArray,
  parseMessage,
  TOO_LARGE,
  withoutMark,
} from '@touchstone/event-store';
import type { Headers, Message, OutgoingMessage } from '../event-bus.ts';

/** One fault of a message: where it stands (empty: in the message as a whole) and what to do about it. */
export interface Fault {
  readonly path: string;
  readonly message: string;
}

/** A message, or an element of a batch, that could not be read as a CloudEvent. */
export class UnreadableMessage extends Error {
  override readonly name = 'UnreadableMessage';
  readonly code: 'invalid_json' | 'invalid_encoding' | 'invalid_event' | 'event_too_large';
  readonly path: string;
  constructor(code: UnreadableMessage['code'], message: string, path = '') {
    super(message);
    this.code = code;
    this.path = path;
  }
}

/** Of a media type without parameters. Whoever takes the event has the last word: what is not parsed here goes on as bytes. */
const JSON_MEDIA = /[/+]json$/;
const ATTRIBUTE_PREFIX = 'ce_';
const NOT_UTF8 = 'is not UTF-8';

/**
 * The events of one message, by the CloudEvents Kafka protocol binding 1.0.2:
 *
 * - structured (`content-type: application/cloudevents+json`): the value is the event; `application/cloudevents-batch+json`: a list of events;
 * - binary (`ce_specversion` among the headers): the headers are the attributes and the value is `data`;
 * - neither, but the value is a JSON object with a `specversion` (or a list of such): read as structured, since nothing else is meant.
 *
 * An entry is the event as plain JSON, not yet validated, or an {@link UnreadableMessage}. Never empty: what holds no event is an error.
 */
export function decodeMessage({ value, headers }: Message): readonly (unknown | UnreadableMessage)[] {
  try {
    const contentType = mediaType(headers);
    if (contentType === 'application/cloudevents+json') return [structured(value)];
    if (contentType === 'application/cloudevents-batch+json') return batch(jsonBytes(value));
    if (contentType?.startsWith('application/cloudevents')) {
      const advice = `is ${contentType}, but only JSON is read here: send application/cloudevents+json`;
      throw new UnreadableMessage('invalid_event', advice, 'content-type');
    }
    if (isBinaryMode(headers)) return [binary(value, headers, contentType)];
    return undeclared(value);
  } catch (error) {
    if (error instanceof UnreadableMessage) return [error];
    throw error;
  }
}

export const isBinaryMode = (headers: Headers): boolean => headers[`${ATTRIBUTE_PREFIX}specversion`] !== undefined;

function undeclared(value: Buffer | null): readonly unknown[] {
  const bytes = jsonBytes(value);
  const events = isJsonArray(bytes) ? batch(bytes) : [parseJson(bytes)];
  const [first] = events;
  if (first instanceof UnreadableMessage || (isObject(first) && 'specversion' in first)) return events;
  throw new UnreadableMessage(
    'invalid_event',
    'is no CloudEvent: set the header content-type to application/cloudevents+json, or send the attributes as ce_ headers',
  );
}

function structured(value: Buffer | null): unknown {
  const parsed = parseJson(jsonBytes(value));
  if (!isObject(parsed)) throw new UnreadableMessage('invalid_event', 'must be one event, a JSON object');
  return parsed;
}

/** What no event can be is not parsed, and refused alone. */
function batch(bytes: Buffer): readonly unknown[] {
  if (!isJsonArray(bytes)) throw new UnreadableMessage('invalid_event', NO_LIST);
  const elements = jsonArray(bytes, BATCH_EVENTS_MAX);
  if (elements === undefined) throw notJson();
  const { count } = elements;
  if (count === 0) throw new UnreadableMessage('invalid_event', NO_LIST);
  if (count > BATCH_EVENTS_MAX) {
    throw new UnreadableMessage(
      'invalid_event',
      `holds ${count} events: a message may hold ${BATCH_EVENTS_MAX}; send several`,
    );
  }
  return Array.from({ length: count }, (_, index) => {
    const fault = elements.fault(index);
    if (fault !== undefined) return new UnreadableMessage(fault.code, fault.message);
    const before = () => bytes.toString('utf8', 0, elements.begin(index)).length;
    const element = parseJson(elements.bytes(index), before);
    return isObject(element) ? element : new UnreadableMessage('invalid_event', 'must be an event, a JSON object');
  });
}

const NO_LIST = 'must be a JSON array of at least one event';

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The attributes from the headers, and `data`: JSON, text or, for all else, base64, as its content type says. */
function binary(value: Buffer | null, headers: Headers, contentType: string | null): unknown {
  // Without a prototype, so that any name is only a name.
  const event: Record<string, unknown> = Object.create(null);
  for (const header of Object.keys(headers)) {
    if (!header.startsWith(ATTRIBUTE_PREFIX)) continue;
    const name = header.slice(ATTRIBUTE_PREFIX.length);
    if (name === 'data' || name === 'data_base64')
      throw new UnreadableMessage('invalid_event', 'is no attribute: the value of the message is the data', header);
    const text = headerText(headers, header);
    if (text !== null) event[name] = text;
  }
  // Some senders repeat it among the attributes; the header that the binding has for it comes first.
  const declared = headerText(headers, 'content-type');
  if (declared !== null) event.datacontenttype = declared;
  // A null value and an empty one are both "no data": the check of the event's type says what is missing.
  if (value === null || value.length === 0) return event;
  if (value.length > EVENT_BYTES_MAX) throw tooLarge();
  const dataType = contentType ?? mediaTypeOf(event.datacontenttype as string | undefined);
  if (dataType === null || JSON_MEDIA.test(dataType)) event.data = parseJson(jsonBytes(value));
  else if (dataType.startsWith('text/')) event.data = utf8(value);
  else event.data_base64 = value.toString('base64');
  return event;
}

function mediaType(headers: Headers): string | null {
  return mediaTypeOf(headerText(headers, 'content-type'));
}

function mediaTypeOf(text: string | null | undefined): string | null {
  return text == null ? null : (text.split(';')[0] ?? '').trim().toLowerCase();
}

/** A header as text; a name that is given twice must say the same twice. `null` where it is absent or null. */
function headerText(headers: Headers, name: string): string | null {
  const given = headers[name];
  if (given === undefined || given === null) return null;
  const bytes = (Array.isArray(given) ? given : [given]).map((one) =>
    typeof one === 'string' ? Buffer.from(one) : one,
  );
  const [first, ...others] = bytes;
  if (first === undefined) return null;
  if (!isUtf8(first)) throw new UnreadableMessage('invalid_encoding', 'is a header that is not UTF-8', name);
  if (others.some((other) => !other.equals(first)))
    throw new UnreadableMessage(
      'invalid_event',
      `is a header with ${bytes.length} different values: send it once`,
      name,
    );
  return first.toString('utf8');
}

/** A value that may be JSON. */
function jsonBytes(value: Buffer | null): Buffer {
  if (value === null)
    throw new UnreadableMessage('invalid_json', 'has no value: a tombstone is no event, and deletes nothing here');
  if (value.length === 0) throw new UnreadableMessage('invalid_json', 'is empty: send the event as JSON');
  if (!isUtf8(value)) throw new UnreadableMessage('invalid_encoding', NOT_UTF8);
  return withoutMark(value);
}

/** `offset`: characters of the message before these bytes. */
function parseJson(bytes: Buffer, offset = () => 0): unknown {
  if (bytes.length > EVENT_BYTES_MAX) throw tooLarge();
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw notJson(error, offset());
  }
}

const tooLarge = () => new UnreadableMessage(TOO_LARGE.code, TOO_LARGE.message);

function notJson(error?: unknown, offset?: number): UnreadableMessage {
  return new UnreadableMessage('invalid_json', parseMessage(error, offset));
}

/** Node replaces what is not UTF-8 in silence. */
function utf8(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new UnreadableMessage('invalid_encoding', NOT_UTF8);
  return bytes.toString('utf8');
}

/** What a message is routed by, compared with the customer that its event names in `subject` or in its data. */
export type KeyKind = 'same' | 'missing' | 'other';

/**
 * How the key stands to the event. The key only chooses the partition: an event with another key, or none, is as good a fact and is taken; but the events of
 * one customer may then come through several partitions and be stored in another order than they were sent.
 */
export function keyKind(key: Buffer | null, event: unknown): KeyKind {
  if (key === null || key.length === 0) return 'missing';
  const { subject, data } = event as { subject?: unknown; data?: { customerId?: unknown } | null };
  const customer = typeof subject === 'string' ? subject : data?.customerId;
  return typeof customer !== 'string' || key.toString('utf8') === customer ? 'same' : 'other';
}

/** One event as a structured message: `body` is the whole event as JSON text. */
export function encodeStructured(
  key: string | null,
  body: string,
  headers: Record<string, string> = {},
): Pick<OutgoingMessage, 'key' | 'value' | 'headers'> {
  return { key, value: body, headers: { 'content-type': 'application/cloudevents+json; charset=utf-8', ...headers } };
}
