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

/** The events of some messages as the ingest service decides them: all together, each with its own verdict. */
export interface IngressBatch {
  /** Parsed JSON; undefined where `refused` says why there is none. */
  readonly values: readonly unknown[];
  readonly refused: ReadonlyMap<
    number,
    { readonly code: UnreadableMessage['code']; readonly errors: readonly Fault[] }
  >;
  /** A text of the batch holds `\u`, or raw control characters may stand in it. */
  readonly escaped: boolean;
  /** The very text of an event, where it came as one piece without line breaks: then it may be stored as it is. */
  readonly textOf: (index: number) => string | undefined;
  /** What was sent, for keeping; base64 too where the text alone would not give the bytes back. Asked only of what is refused. */
  readonly payloadOf: (index: number) => Payload;
  /** `kafka:topic/partition/offset` */
  readonly originOf: (index: number) => string;
  /** The trace that the message of an event was sent in: its headers `traceparent` and `tracestate`, where they are there. */
  readonly traceOf: (index: number) => MessageTrace | undefined;
}

/** W3C Trace Context, as it came: unchecked. */
export interface MessageTrace {
  readonly traceparent: string;
  readonly tracestate?: string;
}

/** An {@link IngressBatch}, and where each of its values stood. */
export interface DecodedBatch extends IngressBatch {
  /** Index of the message that a value came in. */
  readonly messageOf: readonly number[];
  readonly keys: Readonly<Record<KeyKind, number>>;
}

const LINE_FEED = 0x0a;
const OPENING_BRACE = 0x7b;

export function decodeBatch({ topic, partition, messages }: Batch): DecodedBatch {
  const values: unknown[] = [];
  const messageOf: number[] = [];
  /** Index of the first value of a message. */
  const firstOf: number[] = [];
  /** The message that was taken apart last: its refused events are asked for one after the other. */
  let opened: { readonly message: number; readonly eventAt: (at: number) => Buffer } | undefined;
  const refused = new Map<number, { code: UnreadableMessage['code']; errors: Fault[] }>();
  const keys = { same: 0, missing: 0, other: 0 };
  let escaped = false;
  messages.forEach((message, index) => {
    // Headers are taken as they are, so that what JSON would have to escape may stand in them.
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
  /** Not the whole value of its message: put together from headers, or an element of a list. */
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
      // The event as it would have been sent alone, so that it can be tried again.
      if (isBinaryMode(headers))
        return keptPayload(Buffer.from(inOnePiece(values[index] as Readonly<Record<string, unknown>>, value)));
      const message = messageOf[index] as number;
      if (opened?.message !== message) opened = { message, eventAt: eventsIn(value) };
      return keptPayload(opened.eventAt(index - (firstOf[message] as number)));
    },
    traceOf: (index) => messageTrace(source(index)),
  };
}

/** An event of binary mode as one text, with the very digits of its data. */
function inOnePiece({ data, ...attributes }: Readonly<Record<string, unknown>>, value: Buffer): string {
  if (typeof data === 'string' || data === undefined) return JSON.stringify({ ...attributes, data });
  return `${JSON.stringify(attributes).slice(0, -1)},"data":${trimmed(value)}}`;
}

/** The events of a value in structured mode, each exactly as it was sent. */
function eventsIn(value: Buffer): (at: number) => Buffer {
  const list = jsonArray(withoutMark(value), BATCH_EVENTS_MAX);
  return (at) => list?.bytes(at) ?? Buffer.from(trimmed(value));
}

/** Without what stands around the JSON, a byte order mark among it. */
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
