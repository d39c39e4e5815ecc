import { isAscii, isUtf8 } from 'node:buffer';
import { arrayElements } from '@touchstone/event-store';
import { EVENT_BYTES_MAX, type Refusal, tooLarge } from './decide-event.ts';

/** What was sent, for keeping. */
export interface Payload {
  readonly payload: string;
  /** Only where the text alone would not give the bytes back. */
  readonly payloadBase64?: string | undefined;
}

/** Inputs that arrived together and are decided together: a request's body, a block of lines, messages of a broker. */
export interface InputBatch {
  /** Parsed JSON; undefined where `refused` says why there is none. */
  readonly values: readonly unknown[];
  readonly refused: ReadonlyMap<number, Refusal>;
  /** Some text of the batch holds `\u`. */
  readonly escaped: boolean;
  /** The very text of an input, where it is at hand without effort and holds no line breaks: then it may be stored as it is. */
  readonly textOf: (index: number) => string | undefined;
  /** Slow; asked only of what is refused. */
  readonly payloadOf: (index: number) => Payload;
}

const LINE_FEED = 10;
const NONE: ReadonlyMap<number, Refusal> = new Map();

/** Of what cannot be an event for its size, this much is kept. */
export const PAYLOAD_BYTES_KEPT = 64 * 1024;

const noText = () => undefined;

/** A whole body that is one event or an array of them; `value` is its parsed `text`, and `text` the `body` as UTF-8. */
export function bodyBatch(body: Buffer, text: string, value: unknown): InputBatch {
  const escaped = text.includes('\\u');
  const isOneLine = !body.includes(LINE_FEED);
  if (!Array.isArray(value)) {
    const whole = text.trim();
    const textOf = isOneLine ? () => whole : noText;
    return { values: [value], refused: NONE, escaped, textOf, payloadOf: () => textPayload(whole) };
  }
  // In ASCII a byte is a character, and bytes are searched twice as fast.
  const bounds = isOneLine && isAscii(body) ? elementBounds(body, value.length) : undefined;
  let elements: readonly string[] | undefined;
  return {
    values: value,
    refused: NONE,
    escaped,
    textOf: bounds === undefined ? noText : (index) => text.slice(bounds[index * 2], bounds[index * 2 + 1]),
    payloadOf: (index) => {
      elements ??= arrayElements(text);
      return textPayload(elements[index] ?? '');
    },
  };
}

/** One event put together from headers and a body; `text` is the event as it would have been sent in one piece. */
export function singleBatch(value: unknown, text: string, refusal?: Refusal): InputBatch {
  const refused = refusal === undefined ? NONE : new Map([[0, refusal]]);
  return {
    values: [value],
    refused,
    escaped: text.includes('\\u'),
    textOf: noText,
    payloadOf: () => textPayload(text),
  };
}

/** Texts that are one event each: lines, or messages of a broker. Broken ones are refused by themselves. */
export function messageBatch(messages: readonly Buffer[]): InputBatch {
  const values: unknown[] = new Array(messages.length);
  const texts: string[] = new Array(messages.length);
  const refused = new Map<number, Refusal>();
  let escaped = false;
  for (let index = 0; index < messages.length; index++) {
    const message = messages[index]!;
    if (message.length > EVENT_BYTES_MAX) refused.set(index, tooLarge());
    else if (!isUtf8(message)) refused.set(index, notUtf8());
    else {
      const text = message.toString('utf8');
      escaped ||= text.includes('\\u');
      try {
        values[index] = JSON.parse(text);
        texts[index] = text;
      } catch (error) {
        refused.set(index, notJson(error));
      }
    }
  }
  return {
    values,
    refused,
    escaped,
    textOf: (index) => (messages[index]!.includes(LINE_FEED) ? undefined : texts[index]),
    payloadOf: (index) => bytesPayload(messages[index]!),
  };
}

function notUtf8(): Refusal {
  return { code: 'invalid_encoding', errors: [{ path: '', message: 'is not UTF-8' }] };
}

export function notJson(error: unknown): Refusal {
  return { code: 'invalid_json', errors: [{ path: '', message: parseMessage(error) }] };
}

/** What the parser says, without the text that it quotes: that may be anything. */
export function parseMessage(error: unknown): string {
  const position = / at position \d+/.exec((error as Error).message)?.[0] ?? '';
  return `is not JSON${position === '' ? ': it ends too early or holds something else' : `: unexpected character${position}`}`;
}

function textPayload(text: string): Payload {
  if (
    text.length > PAYLOAD_BYTES_KEPT &&
    text.length * 3 > EVENT_BYTES_MAX &&
    Buffer.byteLength(text) > EVENT_BYTES_MAX
  ) {
    return bytesPayload(Buffer.from(text));
  }
  return { payload: text };
}

export function bytesPayload(bytes: Buffer): Payload {
  if (bytes.length > EVENT_BYTES_MAX) return { payload: bytes.toString('utf8', 0, PAYLOAD_BYTES_KEPT) };
  const payload = bytes.toString('utf8');
  // A zero byte ends a text for some programs.
  const isWhole = isUtf8(bytes) && !bytes.includes(0);
  return isWhole
    ? { payload }
    : { payload: payload.replaceAll('\0', '\uFFFD'), payloadBase64: bytes.toString('base64') };
}

/**
 * Begin and end of each element of a JSON array, in bytes, one after the other; undefined unless all `count` elements are objects or arrays.
 * `bytes` must be known to be a JSON array in ASCII. Half the time of making the texts anew from what was parsed.
 */
export function elementBounds(bytes: Uint8Array, count: number): readonly number[] | undefined {
  const bounds: number[] = [];
  const { length } = bytes;
  let depth = 0;
  for (let i = 0; i < length; i++) {
    const byte = bytes[i]!;
    if (byte === 0x22) {
      // To the quote that ends the string; a backslash takes the next character with it.
      for (i++; bytes[i] !== 0x22; i++) if (bytes[i] === 0x5c) i++;
    } else if ((byte | 0x20) === 0x7b) {
      if (++depth === 2) bounds.push(i);
    } else if ((byte | 0x20) === 0x7d && --depth === 1) {
      bounds.push(i + 1);
    }
  }
  // An element that is neither has no bounds, and the others would be taken for their neighbours.
  return bounds.length === count * 2 ? bounds : undefined;
}
