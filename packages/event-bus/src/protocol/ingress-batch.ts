import { BATCH_EVENTS_MAX, jsonArray, keptPayload, type Payload, withoutMark } from '@touchstone/event-store';
import type { Batch, Message } from '../event-bus.ts';
import {
  decodeMessage,
  type Fault,
  isBinaryMode,
  type KeyKind,
  keyKind,
  UnreadableMessage,
} from './cloudevents-binding.ts';

/**
 * The events of several messages in the form that the ingest service decides on: all in one call,
 * each with its own outcome.
 */
export interface IngressBatch {
  /** Parsed JSON; undefined for the indexes in `refused`. */
  readonly values: readonly unknown[];
  readonly refused: ReadonlyMap<
    number,
    { readonly code: UnreadableMessage['code']; readonly errors: readonly Fault[] }
  >;
  /** True if a text of the batch contains `\u`, or if raw control characters are possible. */
  readonly escaped: boolean;
  /**
   * The original text of an event that is a whole message value without line breaks, so that it can
   * be stored unchanged; otherwise undefined.
   */
  readonly textOf: (index: number) => string | undefined;
  /**
   * The sent bytes of a refused event, kept for a later retry; also as base64 if the text alone
   * would not restore them. The caller asks only for refused events.
   */
  readonly payloadOf: (index: number) => Payload;
  /** `kafka:topic/partition/offset` */
  readonly originOf: (index: number) => string;
  /**
   * The trace of the event's message, from its headers `traceparent` and `tracestate` if present.
   */
  readonly traceOf: (index: number) => MessageTrace | undefined;
}

/** W3C Trace Context, unvalidated. */
export interface MessageTrace {
  readonly traceparent: string;
  readonly tracestate?: string;
}

/** An {@link IngressBatch} with the message that each value came from. */
export interface DecodedBatch extends IngressBatch {
  /** Message index of each value. */
  readonly messageOf: readonly number[];
  readonly keys: Readonly<Record<KeyKind, number>>;
}

const LINE_FEED = 0x0a;
const OPENING_BRACE = 0x7b;

export function decodeBatch({ topic, partition, messages }: Batch): DecodedBatch {
  const values: unknown[] = [];
  const messageOf: number[] = [];
  /** Index of each message's first value. */
  const firstOf: number[] = [];
  /** Cache of the message split last: its refused events are requested one after another. */
  let opened: { readonly message: number; readonly eventAt: (at: number) => Buffer } | undefined;
  const refused = new Map<number, { code: UnreadableMessage['code']; errors: Fault[] }>();
  const keys = { same: 0, missing: 0, other: 0 };
  let escaped = false;
  messages.forEach((message, index) => {
    // Header values are not JSON, so characters that JSON would escape can occur in them raw.
    escaped ||= isBinaryMode(message.headers) || (message.value?.includes('\\u') ?? false);
    firstOf.push(values.length);
    const events = decodeMessage(message);
    for (const event of events) {
      if (event instanceof UnreadableMessage)
        refused.set(values.length, { code: event.code, errors: [{ path: event.path, message: event.message }] });
      values.push(event instanceof UnreadableMessage ? undefined : event);
      messageOf.push(index);
    }
    keys[events[0] instanceof UnreadableMessage && message.key !== null ? 'same' : keyKind(message.key, events[0])] +=
      1;
  });
  const source = (index: number): Message => messages[messageOf[index] as number] as Message;
  const partsOf = (index: number): number => {
    const message = messageOf[index] as number;
    return (firstOf[message + 1] ?? values.length) - (firstOf[message] as number);
  };
  /**
   * True if the value is not its message's whole value: built from headers, or an element of a
   * list.
   */
  const isPart = (index: number): boolean =>
    isBinaryMode(source(index).headers) || partsOf(index) > 1 || source(index).value?.[0] !== OPENING_BRACE;
  return {
    values,
    refused,
    escaped,
    messageOf,
    keys,
    originOf: (index) => `kafka:${topic}/${partition}/${source(index).offset}`,
    textOf(index) {
      const { value } = source(index);
      return value === null || isPart(index) || value.includes(LINE_FEED) ? undefined : value.toString('utf8');
    },
    payloadOf: (index) => {
      const { value, headers } = source(index);
      const isWhole = !isPart(index) || (refused.has(index) && partsOf(index) === 1);
      if (value === null || isWhole) return keptPayload(value ?? Buffer.alloc(0));
      // Rebuilds the event as a message of its own, so that it can be retried alone.
      if (isBinaryMode(headers))
        return keptPayload(Buffer.from(inOnePiece(values[index] as Readonly<Record<string, unknown>>, value)));
      const message = messageOf[index] as number;
      if (opened?.message !== message) opened = { message, eventAt: eventsIn(value) };
      return keptPayload(opened.eventAt(index - (firstOf[message] as number)));
    },
    traceOf: (index) => messageTrace(source(index)),
  };
}

/**
 * A binary-mode event as one JSON text; the data keeps its exact text, so numbers keep their
 * digits.
 */
function inOnePiece({ data, ...attributes }: Readonly<Record<string, unknown>>, value: Buffer): string {
  if (typeof data === 'string' || data === undefined) return JSON.stringify({ ...attributes, data });
  return `${JSON.stringify(attributes).slice(0, -1)},"data":${trimmed(value)}}`;
}

/** The events of a structured value, each in the exact bytes that were sent. */
function eventsIn(value: Buffer): (at: number) => Buffer {
  const list = jsonArray(withoutMark(value), BATCH_EVENTS_MAX);
  return (at) => list?.bytes(at) ?? Buffer.from(trimmed(value));
}

/** The text without surrounding white space and byte order mark. */
function trimmed(value: Buffer): string {
  return value.toString('utf8').trim();
}

function messageTrace({ headers }: Message): MessageTrace | undefined {
  const text = (name: string) => {
    const value = headers[name];
    return typeof value === 'string' || Buffer.isBuffer(value) ? value.toString('utf8') : undefined;
  };
  const traceparent = text('traceparent');
  const tracestate = text('tracestate');
  if (traceparent === undefined) return undefined;
  return tracestate === undefined ? { traceparent } : { traceparent, tracestate };
}
