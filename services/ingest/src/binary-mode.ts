import type { IncomingHttpHeaders } from 'node:http';
import type { Refusal } from './decide-event.ts';

/** True if the event's attributes stand in `ce-*` headers and the body is its data (CloudEvents HTTP binding, binary mode). */
export function isBinaryMode(headers: IncomingHttpHeaders): boolean {
  return headers['ce-specversion'] !== undefined || headers['ce-id'] !== undefined || headers['ce-type'] !== undefined;
}

/** The attributes of a binary-mode event, percent-decoded; with a refusal if a header cannot be decoded. */
export function attributesFromHeaders(headers: IncomingHttpHeaders): {
  readonly attributes: Readonly<Record<string, string>>;
  readonly refusal?: Refusal;
} {
  const attributes: Record<string, string> = {};
  const errors: { path: string; message: string }[] = [];
  for (const [header, value] of Object.entries(headers)) {
    if (!header.startsWith('ce-') || typeof value !== 'string') continue;
    const name = header.slice('ce-'.length);
    // The body's own type and text have other headers; what is left must not reach a prototype or the data.
    if (name === 'data' || name === 'datacontenttype' || !/^[a-z0-9]+$/.test(name)) {
      errors.push({ path: header, message: 'is no attribute of CloudEvents: lower-case letters and digits' });
      continue;
    }
    const text = decodeHeader(value);
    if (text === undefined) errors.push({ path: header, message: 'cannot be percent-decoded as UTF-8' });
    else attributes[name] = text;
  }
  return errors.length === 0 ? { attributes } : { attributes, refusal: { code: 'invalid_encoding', errors } };
}

/** A header's value as text: unquoted, then percent-decoded. */
function decodeHeader(value: string): string | undefined {
  const text = /^".*"$/.test(value) ? value.slice(1, -1).replaceAll(/\\(.)/g, '$1') : value;
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
