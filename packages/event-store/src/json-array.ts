import { EVENT_BYTES_MAX, EVENT_MARKS_MAX } from './event-limits.ts';

/** The elements of a JSON array, found without parsing it: their texts need not be JSON. */
export interface JsonArray {
  /** Elements that were found; of those beyond `elementsMax` nothing more is known. */
  readonly count: number;
  /** The element as it was sent, without the blanks around it. */
  bytes(index: number): Buffer;
  /** Where it begins and ends, in bytes. */
  begin(index: number): number;
  end(index: number): number;
  /** Why no event can be like this element, whatever it says; it is not worth parsing. */
  fault(index: number): ElementFault | undefined;
}

export interface ElementFault {
  readonly code: 'event_too_large' | 'invalid_event';
  readonly message: string;
}

export const TOO_LARGE: ElementFault = {
  code: 'event_too_large',
  message: 'one event may have 1 MiB; move large texts elsewhere',
};
const TOO_MUCH: ElementFault = {
  code: 'invalid_event',
  message: `holds more than ${EVENT_MARKS_MAX} commas and brackets: no event holds so many values`,
};

/** Of the texts that it is given, whether one is an array. A byte order mark must be gone. */
export function isJsonArray(bytes: Uint8Array): boolean {
  return bytes[firstByte(bytes)] === OPENING;
}

/** Undefined where the text is no array, does not end with it, or leaves out an element. Some 1 ns a byte. */
export function jsonArray(bytes: Buffer, elementsMax: number): JsonArray | undefined {
  const found = outline(bytes, elementsMax);
  if (found === undefined) return undefined;
  const { count, bounds, marks } = found;
  return {
    count,
    bytes: (index) => bytes.subarray(bounds[index * 2], bounds[index * 2 + 1]),
    begin: (index) => bounds[index * 2]!,
    end: (index) => bounds[index * 2 + 1]!,
    fault(index) {
      if (bounds[index * 2 + 1]! - bounds[index * 2]! > EVENT_BYTES_MAX) return TOO_LARGE;
      return marks[index]! > EVENT_MARKS_MAX ? TOO_MUCH : undefined;
    },
  };
}

const OPENING = 0x5b;
const CLOSING = 0x5d;
const COMMA = 0x2c;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

interface Outline {
  readonly count: number;
  /** Begin and end of each element, one after the other. */
  readonly bounds: readonly number[];
  /** Commas and opening brackets of each. */
  readonly marks: readonly number[];
}

function outline(bytes: Uint8Array, elementsMax: number): Outline | undefined {
  const { length } = bytes;
  const bounds: number[] = [];
  const marks: number[] = [];
  let count = 0;
  let depth = 0;
  /** Of the element under way; -1 before its first byte. */
  let begin = -1;
  let end = 0;
  let mark = 0;
  const endElement = () => {
    if (++count > elementsMax) return;
    bounds.push(begin, end);
    marks.push(mark);
  };
  let i = firstByte(bytes);
  if (bytes[i] !== OPENING) return undefined;
  for (i++; i < length; i++) {
    const byte = bytes[i]!;
    if (byte === QUOTE) {
      if (begin === -1) begin = i;
      // To the quote that ends the string; a backslash takes the next character with it.
      for (i++; i < length && bytes[i] !== QUOTE; i++) if (bytes[i] === BACKSLASH) i++;
      end = i + 1;
    } else if ((byte | 0x20) === 0x7b) {
      if (begin === -1) begin = i;
      depth++;
      mark++;
    } else if ((byte | 0x20) === 0x7d) {
      if (depth === 0) break;
      depth--;
      end = i + 1;
    } else if (byte === COMMA) {
      if (depth > 0) mark++;
      else if (begin === -1) return undefined;
      else {
        endElement();
        begin = -1;
        mark = 0;
      }
    } else if (depth === 0 && !isBlank(byte)) {
      if (begin === -1) begin = i;
      end = i + 1;
    }
  }
  if (bytes[i] !== CLOSING || firstByte(bytes, i + 1) < length) return undefined;
  // Only of an empty array nothing stands before the bracket.
  if (begin !== -1) endElement();
  else if (count > 0) return undefined;
  return { count, bounds, marks };
}

/** The first byte that is no blank; the length where there is none. */
function firstByte(bytes: Uint8Array, from = 0): number {
  let at = from;
  while (at < bytes.length && isBlank(bytes[at]!)) at++;
  return at;
}

/** Space, line feed, carriage return, tab. */
function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
