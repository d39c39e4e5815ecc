import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import { JSON_MEDIA_TYPE } from '@touchstone/journey';
import type { Refusal } from '../decide/decide-event.ts';

/**
 * True if the `ce-*` headers hold the event's attributes and the body its data (CloudEvents HTTP
 * binding, binary mode).
 */
export function isBinaryMode(headers: IncomingHttpHeaders): boolean {
  return headers['ce-specversion'] !== undefined || headers['ce-id'] !== undefined || headers['ce-type'] !== undefined;
}

/**
 * True if a binary-mode body of this content type, parameters included, may be read as the event's
 * data.
 */
export function isDataType(contentType: string): boolean {
  return contentType === '' || JSON_MEDIA_TYPE.test(contentType);
}

/**
 * Attributes of a binary-mode event, with a refusal if a header cannot be decoded. A header given
 * twice with different values becomes the list of both, which no event may have; `rawHeaders`
 * (names and values alternating, as received) is used because Node's joined header would look like
 * a third value.
 */
export function attributesFromHeaders(rawHeaders: readonly string[]): {
  readonly attributes: Readonly<Record<string, string | readonly string[]>>;
  readonly refusal?: Refusal;
} {
  // Without a prototype, so that every name is an ordinary key.
  const attributes: Record<string, string | readonly string[]> = Object.create(null);
  const errors: { path: string; message: string }[] = [];
  for (const [header, values] of headersGiven(rawHeaders)) {
    const name = header === CONTENT_TYPE ? 'datacontenttype' : header.slice(PREFIX.length);
    const text = header === CONTENT_TYPE ? values[0]! : decodeHeader(values[0]!);
    if (name === 'data' || name === 'data_base64') {
      errors.push({ path: header, message: 'is no attribute: the body is the data' });
    } else if (values.length > 1) {
      errors.push({ path: header, message: `is given with ${values.length} different values: send it once` });
      attributes[name] = values;
    } else if (text === undefined) {
      errors.push({ path: header, message: 'is not readable: percent-encode its UTF-8' });
      attributes[name] = values;
      // Some senders repeat the content type among the attributes; HTTP's own header takes
      // precedence.
    } else if (header === CONTENT_TYPE || attributes[name] === undefined) attributes[name] = text;
  }
  return errors.length === 0 ? { attributes } : { attributes, refusal: { code: 'invalid_encoding', errors } };
}

const PREFIX = 'ce-';
const CONTENT_TYPE = 'content-type';

/** The headers that describe the event: lower-case name → its distinct values. */
function headersGiven(rawHeaders: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const given = new Map<string, string[]>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const header = rawHeaders[index]!.toLowerCase();
    if (header !== CONTENT_TYPE && !header.startsWith(PREFIX)) continue;
    const value = rawHeaders[index + 1]!;
    const before = given.get(header);
    if (before === undefined) given.set(header, [value]);
    else if (!before.includes(value)) before.push(value);
  }
  return given;
}

/**
 * Decodes a header value: unquoted, then percent-decoded. Undefined if the result is not valid
 * text.
 */
function decodeHeader(value: string): string | undefined {
  const raw = textOfBytes(value);
  if (raw === undefined) return undefined;
  const text = /^".*"$/.test(raw) ? raw.slice(1, -1).replaceAll(/\\(.)/g, '$1') : raw;
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

const BEYOND_ASCII = /[\u0080-\u00ff]/;
const LATIN_1_CONTROL = /[\u0080-\u009f]/;

/**
 * Decodes the bytes of a header, which Node delivers as Latin-1. Valid UTF-8 beyond ASCII is read
 * as UTF-8 (Go, Java and curl send that), other bytes as Latin-1 (`fetch` sends that), unless they
 * would be control characters there.
 */
function textOfBytes(value: string): string | undefined {
  if (!BEYOND_ASCII.test(value)) return value;
  const bytes = Buffer.from(value, 'latin1');
  if (isUtf8(bytes)) return bytes.toString('utf8');
  return LATIN_1_CONTROL.test(value) ? undefined : value;
}
