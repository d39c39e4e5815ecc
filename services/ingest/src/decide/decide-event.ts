import type { RejectionCode } from '@touchstone/api';
import {
  EVENT_BYTES_MAX,
  type EventToAppend,
  TOO_LARGE,
  textWithoutExported,
  withoutExported,
} from '@touchstone/event-store';
import {
  boundedFaults,
  customerStream,
  type EventType,
  extensionFaults,
  type Fault,
  formatExactly,
  isEventType,
  isFormatted,
  meaningFaults,
  type PlainEvent,
  parseInstant,
  plainEvent,
  plainEventFaults,
} from '@touchstone/journey';
import { compiledCheck, firstDataFault } from './compiled-check.ts';
import { memberCount } from './json-members.ts';

/** Why an input is not an event. */
export interface Refusal {
  readonly code: RejectionCode;
  readonly errors: readonly Fault[];
}

interface PublishedEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: EventType;
  readonly time: string;
  readonly subject?: string;
  readonly data: { readonly customerId?: string };
}

const checkOf = compiledCheck();

/**
 * Compiles the check of the most frequent event type, which takes a fifth of a second while nothing
 * of the kind has been compiled; otherwise the first publisher would pay for it.
 */
export function prepareDecisions(): void {
  checkOf('touchstone.moment.recorded.v1');
}

/** Detail of the report: every fault in full, or the first one found. */
export type Telling = 'allFaults' | 'firstFault';

/**
 * Turns parsed JSON into an event to append, or gives the reason why it is none. `escaped`: its
 * text holds `\u`, see {@link plainEvent}.
 * `text`: the source text, stored unchanged if it already has the log's form, which saves encoding
 * and keeps every digit. It is not stored if a name occurs twice, because readers differ in which
 * of the two they take and must all see what was checked.
 */
export function decideEvent(
  input: unknown,
  escaped: boolean,
  text?: string,
  telling: Telling = 'allFaults',
): EventToAppend | Refusal {
  if (text !== undefined && isTooLarge(text)) return tooLarge();
  const checked = checkedEvent(input, escaped, telling);
  if ('code' in checked) return checked;
  const { event, members } = checked;
  const sent = checked.isAsSent ? text : undefined;
  const published = withoutExported(event);
  if (published === event) return toAppend(event as unknown as PublishedEvent, sent, members);
  // Removes the attributes that another log's export added.
  const added = Object.keys(event).length - Object.keys(published).length;
  const asPublished = sent === undefined ? undefined : textWithoutExported(sent);
  return toAppend(published as unknown as PublishedEvent, asPublished, members - added);
}

/** Why parsed JSON is no event; undefined if it may be stored, its size aside. */
export function refusalOf(input: unknown, escaped: boolean): Refusal | undefined {
  const checked = checkedEvent(input, escaped, 'allFaults');
  return 'code' in checked ? checked : undefined;
}

function checkedEvent(input: unknown, escaped: boolean, telling: Telling): PlainEvent | Refusal {
  const plain = plainEvent(input, escaped);
  if ('faults' in plain) return invalid(plain.faults);
  const { event } = plain;
  if (passesFast(event)) return plain;
  const faults = telling === 'firstFault' ? briefFaults(event) : plainEventFaults(event);
  if (faults.length === 0) return plain;
  return isUnknownType(event) ? { code: 'unknown_type', errors: faults } : invalid(faults);
}

/**
 * The first fault. If the compiled check finds it, the exact check is not run, which takes a
 * hundred times as long on input with many faults.
 */
function briefFaults(event: Readonly<Record<string, unknown>>): readonly Fault[] {
  const { type } = event;
  const fault = typeof type === 'string' && isEventType(type) ? firstDataFault(checkOf(type), event) : undefined;
  return fault === undefined ? plainEventFaults(event).slice(0, 1) : [fault];
}

export function isRefusal(decision: EventToAppend | Refusal): decision is Refusal {
  return 'code' in decision;
}

function invalid(faults: readonly Fault[]): Refusal {
  return { code: 'invalid_event', errors: boundedFaults(faults) };
}

/** Runs the compiled check; false leaves the decision to the exact one. */
function passesFast(input: Readonly<Record<string, unknown>>): boolean {
  const { type } = input;
  if (typeof type !== 'string' || !isEventType(type) || !checkOf(type)(input)) return false;
  const event = input as unknown as PublishedEvent;
  return extensionFaults(event).length === 0 && meaningFaults(event).length === 0;
}

/** Whether the envelope is valid and only the type is unknown. */
function isUnknownType(input: { readonly type?: unknown }): boolean {
  return typeof input.type === 'string' && input.type.length <= 256 && !isEventType(input.type);
}

/** The event in the log's form: time in UTC with all its digits, the customer as subject. */
function toAppend(event: PublishedEvent, text: string | undefined, members: number): EventToAppend | Refusal {
  const { id, source, type, data } = event;
  const subject = event.subject ?? data.customerId!;
  const time = parseInstant(event.time)!;
  const isCanonical = isFormatted(event.time) && event.subject !== undefined;
  const isStorable = isCanonical && text !== undefined && memberCount(text) === members;
  const body = isStorable ? text : writtenAnew(event, subject, time);
  if (body !== text && isTooLarge(body)) return tooLarge();
  return { stream: customerStream(subject), source, id, type, time, body };
}

const STANDARD = new Set(['specversion', 'id', 'source', 'type', 'time', 'subject', 'datacontenttype', 'data']);

function writtenAnew(event: PublishedEvent, subject: string, time: number): string {
  const { specversion, id, source, type, data } = event;
  const stored = { specversion, id, source, type, time: formatExactly(event.time, time), subject, data };
  for (const name in event) {
    if (!STANDARD.has(name)) (stored as Record<string, unknown>)[name] = event[name as keyof PublishedEvent];
  }
  return JSON.stringify(stored);
}

/** A UTF-16 unit takes at most three bytes in UTF-8. */
function isTooLarge(text: string): boolean {
  return text.length * 3 > EVENT_BYTES_MAX && Buffer.byteLength(text) > EVENT_BYTES_MAX;
}

export function tooLarge(): Refusal {
  return { code: TOO_LARGE.code, errors: [{ path: '', message: TOO_LARGE.message }] };
}
