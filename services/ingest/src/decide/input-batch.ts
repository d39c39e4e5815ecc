import { isUtf8 } from 'node:buffer';
import { EVENT_BYTES_MAX, keptPayload, type Payload, parseMessage } from '@touchstone/event-store';
import { type Refusal, tooLarge } from './decide-event.ts';

/**
 * Inputs that are decided together: a request's body, a block of lines, or messages of a broker.
 */
export interface InputBatch {
  /** Parsed JSON; undefined if `refused` holds the reason why there is none. */
  readonly values: readonly unknown[];
  readonly refused: ReadonlyMap<number, Refusal>;
  /** Whether some text of the batch holds `\u`. */
  readonly escaped: boolean;
  /**
   * The source text of an input, if it is available cheaply and holds no line breaks; it may then
   * be stored unchanged.
   */
  readonly textOf: (index: number) => string | undefined;
  /** The payload to keep of a rejected input. Slow, so it is called for rejected inputs only. */
  readonly payloadOf: (index: number) => Payload;
}

const LINE_FEED = 10;
const NONE: ReadonlyMap<number, Refusal> = new Map();

/**
 * A batch of one event. `text` is its JSON (or the equivalent for a binary event); it is stored
 * unchanged if it `isAsSent` and holds no line breaks.
 */
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

/**
 * A batch of texts that are one event each: lines, or messages of a broker. A broken text is
 * refused alone.
 */
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
