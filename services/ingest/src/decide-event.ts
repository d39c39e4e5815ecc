import type { EventToAppend } from '@touchstone/event-store';
import {
  type EventType,
  eventFaults,
  type Fault,
  formatInstant,
  isEventType,
  meaningFaults,
  parseInstant,
} from '@touchstone/journey';
import { compiledCheck } from './compiled-check.ts';
import { plainDataFault } from './plain-data.ts';
import type { RejectionCode } from './rejection-codes.ts';

/** Why an input does not become an event. */
export interface Refusal {
  readonly code: RejectionCode;
  readonly errors: readonly Fault[];
}

/** Bytes of UTF-8 that one event may have. */
export const EVENT_BYTES_MAX = 1024 * 1024;

/** More faults of one event help nobody. */
const FAULTS_MAX = 20;

interface PublishedEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: EventType;
  readonly time: string;
  readonly subject?: string;
  readonly data: { readonly customerId?: string; readonly attributes?: object };
}

const checkOf = compiledCheck();

/**
 * Parsed JSON as an event to append, or the reason why it is none. `escaped`: its text holds `\u`, see {@link plainDataFault}. `text`: what
 * it was parsed from; stored as it is if it is in the form of the log already, which saves writing it anew and keeps every digit.
 */
export function decideEvent(input: unknown, escaped: boolean, text?: string): EventToAppend | Refusal {
  return refusalOf(input, escaped) ?? toAppend(input as PublishedEvent, text);
}

/** Why parsed JSON is no event; undefined for what may be stored, but for its size. */
export function refusalOf(input: unknown, escaped: boolean): Refusal | undefined {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    return invalid([{ path: '', message: 'must be a JSON object: one CloudEvent' }]);
  }
  const plainFault = plainDataFault(input, escaped);
  if (plainFault !== undefined) return invalid([plainFault]);
  if (Object.hasOwn(input, 'data_base64')) {
    return invalid([{ path: 'data_base64', message: 'is not taken: send `data` as a JSON object' }]);
  }
  if (passesFast(input)) return undefined;
  const faults = eventFaults(input);
  if (faults.length === 0) return undefined;
  return isUnknownType(input) ? { code: 'unknown_type', errors: faults } : invalid(faults);
}

export function isRefusal(decision: EventToAppend | Refusal): decision is Refusal {
  return 'code' in decision;
}

function invalid(faults: readonly Fault[]): Refusal {
  return { code: 'invalid_event', errors: faults.slice(0, FAULTS_MAX) };
}

/** The compiled check; false leaves the decision to the exact one. */
function passesFast(input: { readonly type?: unknown }): boolean {
  const { type } = input;
  if (typeof type !== 'string' || !isEventType(type) || !checkOf(type)(input)) return false;
  const event = input as PublishedEvent;
  // A large map may break a refinement, which only the exact check knows.
  const { attributes } = event.data;
  if (attributes !== undefined && Object.keys(attributes).length > 32) return false;
  return meaningFaults(event).length === 0;
}

/** The envelope is sound, and yet the type is none of ours. */
function isUnknownType(input: { readonly type?: unknown }): boolean {
  return typeof input.type === 'string' && input.type.length <= 256 && !isEventType(input.type);
}

/** The event in the form of the log: time in UTC, the customer as subject. */
function toAppend(event: PublishedEvent, text: string | undefined): EventToAppend | Refusal {
  const { id, source, type, data } = event;
  const subject = event.subject ?? data.customerId!;
  const time = parseInstant(event.time)!;
  // The only time of 24 characters that ends in Z is the canonical one.
  const isCanonical = event.time.length === 24 && event.time.endsWith('Z') && event.subject !== undefined;
  const body = isCanonical && text !== undefined ? text : writtenAnew(event, subject, time);
  // No character takes more than three bytes a UTF-16 unit.
  if (body.length * 3 > EVENT_BYTES_MAX && Buffer.byteLength(body) > EVENT_BYTES_MAX) return tooLarge();
  return { stream: `customer-${subject}`, source, id, type, time, body };
}

const STANDARD = new Set(['specversion', 'id', 'source', 'type', 'time', 'subject', 'datacontenttype', 'data']);

function writtenAnew(event: PublishedEvent, subject: string, time: number): string {
  const { specversion, id, source, type, data } = event;
  const stored = { specversion, id, source, type, time: formatInstant(time), subject, data };
  for (const name in event) {
    if (!STANDARD.has(name)) (stored as Record<string, unknown>)[name] = event[name as keyof PublishedEvent];
  }
  return JSON.stringify(stored);
}

export function tooLarge(): Refusal {
  return {
    code: 'event_too_large',
    errors: [{ path: '', message: 'one event may have 1 MiB; move large texts elsewhere' }],
  };
}
