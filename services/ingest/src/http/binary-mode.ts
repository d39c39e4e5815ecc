import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import { JSON_MEDIA_TYPE } from '@touchstone/journey';
import type { Refusal } from '../decide/decide-event.ts';

/** True if the event's attributes stand in `ce-*` headers and the body is its data (CloudEvents HTTP binding, binary mode). */
export function isBinaryMode(headers: IncomingHttpHeaders): boolean {
  return headers['ce-specversion'] !== undefined || headers['ce-id'] !== undefined || headers['ce-type'] !== undefined;
}

/** True if the body of a binary-mode event of this content type, parameters included, may be read as its data. */
export function isDataType(contentType: string): boolean {
  return contentType === '' || JSON_MEDIA_TYPE.test(contentType);
}

/**
 * The attributes of a binary-mode event; with a refusal if a header cannot be decoded, or is given twice and says two things: such an attribute is the list of
 * what was given, which no event may have. `rawHeaders`: names and values in turn, as they came; joined, two values would be a third.
 */
export function attributesFromHeaders(rawHeaders: readonly string[]): {
  readonly attributes: Readonly<Record<string, string | readonly string[]>>;
  readonly refusal?: Refusal;
} {
  // Without a prototype, so that any name is only a name.
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
      // Some senders repeat the content type among the attributes; the header that HTTP has for it comes first.
    } else if (header === CONTENT_TYPE || attributes[name] === undefined) attributes[name] = text;
  }
  return errors.length === 0 ? { attributes } : { attributes, refusal: { code: 'invalid_encoding', errors } };
}

const PREFIX = 'ce-';
const CONTENT_TYPE = 'content-type';

/** The headers that say something of the event, by their names in lower case, each with its different values. */
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

/** A header's value as text: unquoted, then percent-decoded. Undefined for what is neither text nor well encoded. */
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
 * Node hands the bytes of a header over as Latin-1. Bytes beyond ASCII that are UTF-8 are meant as UTF-8, as Go, Java and curl send it; others are
 * Latin-1, as `fetch` sends it, unless they would be control characters there.
 */
function textOfBytes(value: string): string | undefined {
  if (!BEYOND_ASCII.test(value)) return value;
  const bytes = Buffer.from(value, 'latin1');
  if (isUtf8(bytes)) return bytes.toString('utf8');
  return LATIN_1_CONTROL.test(value) ? undefined : value;
}
