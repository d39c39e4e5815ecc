import { isUtf8 } from 'node:buffer';
import type { Headers, Message, OutgoingMessage } from './event-bus.ts';

/** One fault of a message: where it stands (empty: in the message as a whole) and what to do about it. */
export interface Fault {
  readonly path: string;
  readonly message: string;
}

/** A message, or an element of a batch, that could not be read as a CloudEvent. */
export class UnreadableMessage extends Error {
  override readonly name = 'UnreadableMessage';
  readonly code: 'invalid_json' | 'invalid_encoding' | 'invalid_event';
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
const BYTE_ORDER_MARK = '\uFEFF';

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
    if (contentType === 'application/cloudevents-batch+json') return batch(parseJson(value));
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
  const parsed = parseJson(value);
  const first: unknown = Array.isArray(parsed) ? parsed[0] : parsed;
  if (isObject(first) && 'specversion' in first) return Array.isArray(parsed) ? batch(parsed) : [parsed];
  throw new UnreadableMessage(
    'invalid_event',
    'is no CloudEvent: set the header content-type to application/cloudevents+json, or send the attributes as ce_ headers',
  );
}

function structured(value: Buffer | null): unknown {
  const parsed = parseJson(value);
  if (!isObject(parsed)) throw new UnreadableMessage('invalid_event', 'must be one event, a JSON object');
  return parsed;
}

function batch(parsed: unknown): readonly unknown[] {
  if (!Array.isArray(parsed) || parsed.length === 0)
    throw new UnreadableMessage('invalid_event', 'must be a JSON array of at least one event');
  return parsed.map((element: unknown) =>
    isObject(element) ? element : new UnreadableMessage('invalid_event', 'must be an event, a JSON object'),
  );
}

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
  const dataType = contentType ?? mediaTypeOf(event.datacontenttype as string | undefined);
  if (dataType === null || JSON_MEDIA.test(dataType)) event.data = parseJson(value);
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

function parseJson(value: Buffer | null): unknown {
  if (value === null)
    throw new UnreadableMessage('invalid_json', 'has no value: a tombstone is no event, and deletes nothing here');
  if (value.length === 0) throw new UnreadableMessage('invalid_json', 'is empty: send the event as JSON');
  const text = utf8(value);
  try {
    // A byte order mark says nothing in UTF-8 and is no JSON; publishing over HTTP takes it too.
    return JSON.parse(text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text);
  } catch (error) {
    // What the parser quotes may be anything, a customer's address among it.
    const position = / at position \d+/.exec((error as Error).message)?.[0];
    const where =
      position === undefined ? ': it ends too early or holds something else' : `: unexpected character${position}`;
    throw new UnreadableMessage('invalid_json', `is not JSON${where}`);
  }
}

/** Node replaces what is not UTF-8 in silence. */
function utf8(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new UnreadableMessage('invalid_encoding', 'is not UTF-8');
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
