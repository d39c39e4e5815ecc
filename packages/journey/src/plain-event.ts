import { JSON_MEDIA_TYPE } from './events.ts';
import type { Fault } from './faults.ts';
import { ATTRIBUTES_MAX, TOO_MANY_ATTRIBUTES } from './fields.ts';
import { plainDataFindings, withoutNulls } from './plain-data.ts';

/** A CloudEvent in the form that is validated and stored: no member is null, and `data` is JSON. */
export interface PlainEvent {
  readonly event: Readonly<Record<string, unknown>>;
  /** True if it was sent in this form, so that its text may be stored unchanged. */
  readonly isAsSent: boolean;
  /** Number of members of all objects sent; a repeated name counts once. */
  readonly members: number;
}

/**
 * Converts parsed JSON to a {@link PlainEvent}, or returns its faults: drops null members, decodes
 * `data_base64`, and adds an empty object as missing data. `escaped`: the text contains `\u`, see
 * {@link plainDataFindings}.
 */
export function plainEvent(input: unknown, escaped: boolean): PlainEvent | Faulty {
  const plain = toPlain(input, escaped);
  if ('faults' in plain || !hasTooManyAttributes(plain.event.data)) return plain;
  // A schema would first check every attribute and report each fault.
  return { faults: [{ path: 'data.attributes', message: TOO_MANY_ATTRIBUTES }] };
}

interface Faulty {
  readonly faults: readonly Fault[];
}

function hasTooManyAttributes(data: unknown): boolean {
  const { attributes } = (data ?? {}) as { readonly attributes?: unknown };
  if (typeof attributes !== 'object' || attributes === null) return false;
  return Object.keys(attributes).length > ATTRIBUTES_MAX;
}

function toPlain(input: unknown, escaped: boolean): PlainEvent | Faulty {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    return { faults: [{ path: '', message: 'must be a JSON object: one CloudEvent' }] };
  }
  const { fault, holdsNull, members } = plainDataFindings(input, escaped);
  if (fault !== undefined) return { faults: [fault] };
  const event = (holdsNull ? withoutNulls(input) : input) as Record<string, unknown>;
  if (event.data_base64 !== undefined) return withDecodedData(event, members);
  if (event.data !== undefined) return { event, isAsSent: !holdsNull, members };
  return { event: { ...event, data: {} }, isAsSent: false, members };
}

/**
 * Decodes data that was sent as bytes: it must be JSON according to its content type, or the event
 * has no content type.
 */
function withDecodedData(input: Readonly<Record<string, unknown>>, members: number): PlainEvent | Faulty {
  const { data_base64: encoded, ...event } = input;
  const refused = (message: string, path = 'data_base64') => ({ faults: [{ path, message }] });
  if (event.data !== undefined) return refused('stands beside data: send one of them');
  const { datacontenttype } = event;
  if (datacontenttype !== undefined && !(typeof datacontenttype === 'string' && JSON_MEDIA_TYPE.test(datacontenttype)))
    return refused('must be JSON, as the data is: application/json', 'datacontenttype');
  const text = typeof encoded === 'string' ? decodeBase64(encoded) : undefined;
  if (text === undefined) return refused('must be the Base64 of JSON in UTF-8');
  let data: unknown = {};
  try {
    if (text !== '') data = JSON.parse(text);
  } catch {
    return refused('must be the Base64 of JSON: what it decodes to is none');
  }
  if (typeof data !== 'object' || data === null)
    return { event: { ...event, data: data ?? {} }, isAsSent: false, members };
  const { fault, holdsNull } = plainDataFindings(data, true);
  if (fault !== undefined) return refused(fault.message, fault.path === '' ? 'data' : `data.${fault.path}`);
  return { event: { ...event, data: holdsNull ? withoutNulls(data) : data }, isAsSent: false, members };
}

/** Undefined unless the input is the Base64 of a UTF-8 text. */
function decodeBase64(encoded: string): string | undefined {
  try {
    const bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
