import { isUtf8 } from 'node:buffer';
import { EVENT_BYTES_MAX, keptPayload, type Payload, parseMessage } from '@touchstone/event-store';
import { type Refusal, tooLarge } from './decide-event.ts';

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

/** One event; `text` is its JSON, or what it would have been in one piece. Stored as it is if it `isAsSent` and holds no line breaks. */
export function singleBatch(value: unknown, text: string, options: SingleOptions = {}): InputBatch {
  const { refusal, isAsSent = false } = options;
  return {
    values: [value],
    refused: refusal === undefined ? NONE : new Map([[0, refusal]]),
    escaped: text.includes('\\u'),
    textOf: () => (isAsSent && !text.includes('\n') ? text : undefined),
    payloadOf: () => keptPayload(Buffer.from(text)),
  };
}

interface SingleOptions {
  readonly refusal?: Refusal | undefined;
  readonly isAsSent?: boolean;
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
    payloadOf: (index) => keptPayload(messages[index]!),
  };
}

function notUtf8(): Refusal {
  return { code: 'invalid_encoding', errors: [{ path: '', message: 'is not UTF-8' }] };
}

function notJson(error: unknown): Refusal {
  return { code: 'invalid_json', errors: [{ path: '', message: parseMessage(error) }] };
}
