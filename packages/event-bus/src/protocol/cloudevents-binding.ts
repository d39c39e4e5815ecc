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

/** One validation error: its path (empty for the message as a whole) and how to fix it. */
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

/**
 * Matches a media type without parameters. Data of another type passes as text or bytes, and the
 * validation of the event decides.
 */
const JSON_MEDIA = /[/+]json$/;
const ATTRIBUTE_PREFIX = 'ce_';
const NOT_UTF8 = 'is not UTF-8';

/**
 * The events of one message, decoded by the CloudEvents Kafka protocol binding 1.0.2:
 *
 * * structured (`content-type: application/cloudevents+json`): the value is the event;
 *   `application/cloudevents-batch+json`: the value is a list of events;
 * * binary (`ce_specversion` among the headers): the headers are the attributes and the value is
 *   `data`;
 * * neither, but the value is a JSON object with a `specversion` (or a list of such objects):
 *   decoded as structured, since no other reading makes sense.
 *
 * Returns at least one entry: the event as plain JSON, not yet validated, or an {@link
 * UnreadableMessage} (also for a message without events).
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

/** Splits a batch without parsing it whole: an element that cannot be an event is refused alone. */
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

/**
 * Builds the event from the `ce_` headers; its content type decides whether `data` is JSON, text or
 * base64.
 */
function binary(value: Buffer | null, headers: Headers, contentType: string | null): unknown {
  // No prototype, so that a header name such as `__proto__` is an ordinary key.
  const event: Record<string, unknown> = Object.create(null);
  for (const header of Object.keys(headers)) {
    if (!header.startsWith(ATTRIBUTE_PREFIX)) continue;
    const name = header.slice(ATTRIBUTE_PREFIX.length);
    if (name === 'data' || name === 'data_base64')
      throw new UnreadableMessage('invalid_event', 'is no attribute: the value of the message is the data', header);
    const text = headerText(headers, header);
    if (text !== null) event[name] = text;
  }
  // Some senders also send `ce_datacontenttype`; the binding's own header, `content-type`, wins.
  const declared = headerText(headers, 'content-type');
  if (declared !== null) event.datacontenttype = declared;
  // A null value and an empty one both mean "no data"; the validation of the event type reports
  // missing fields.
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

/**
 * A header as text; `null` if it is absent or null. Throws if the name is repeated with different
 * values.
 */
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

/**
 * Returns the value as UTF-8 bytes without a byte order mark; throws if it is absent, empty or not
 * UTF-8.
 */
function jsonBytes(value: Buffer | null): Buffer {
  if (value === null)
    throw new UnreadableMessage('invalid_json', 'has no value: a tombstone is no event, and deletes nothing here');
  if (value.length === 0) throw new UnreadableMessage('invalid_json', 'is empty: send the event as JSON');
  if (!isUtf8(value)) throw new UnreadableMessage('invalid_encoding', NOT_UTF8);
  return withoutMark(value);
}

/** `offset`: number of characters of the message before these bytes. */
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

/** Node silently replaces invalid UTF-8, so this function refuses it first. */
function utf8(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new UnreadableMessage('invalid_encoding', NOT_UTF8);
  return bytes.toString('utf8');
}

/** The message key compared with the customer that the event names in `subject` or in its data. */
export type KeyKind = 'same' | 'missing' | 'other';

/**
 * Compares the message key with the event's customer. An event with another key, or none, is still
 * accepted, because the key only chooses the partition; but a customer's events may then come
 * through several partitions and be stored in another order than they were sent.
 */
export function keyKind(key: Buffer | null, event: unknown): KeyKind {
  if (key === null || key.length === 0) return 'missing';
  const { subject, data } = event as { subject?: unknown; data?: { customerId?: unknown } | null };
  const customer = typeof subject === 'string' ? subject : data?.customerId;
  return typeof customer !== 'string' || key.toString('utf8') === customer ? 'same' : 'other';
}

/** Encodes one event as a structured message: `body` is the whole event as JSON text. */
export function encodeStructured(
  key: string | null,
  body: string,
  headers: Record<string, string> = {},
): Pick<OutgoingMessage, 'key' | 'value' | 'headers'> {
  return { key, value: body, headers: { 'content-type': 'application/cloudevents+json; charset=utf-8', ...headers } };
}
