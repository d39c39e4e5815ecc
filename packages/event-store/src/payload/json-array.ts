import { EVENT_BYTES_MAX, EVENT_MARKS_MAX } from '../event-limits.ts';

/** The elements of a JSON array, found without parsing them: their texts need not be JSON. */
export interface JsonArray {
  /** Number of elements found; nothing more is known of those beyond `elementsMax`. */
  readonly count: number;
  /** The element as sent, without surrounding blanks. */
  bytes(index: number): Buffer;
  /** Offsets of the element's first byte and after its last. */
  begin(index: number): number;
  end(index: number): number;
  /** Why this element cannot be an event whatever it holds; such an element is not parsed. */
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

/**
 * Whether a text that the caller knows to be JSON is an array. The caller must have removed a byte
 * order mark.
 */
export function isJsonArray(bytes: Uint8Array): boolean {
  return bytes[firstByte(bytes)] === OPENING;
}

/**
 * Undefined if the text is no array, does not end with it, or leaves an element out. Takes 1 ns a
 * byte, up to 10 if the text is brackets and commas alone.
 */
export function jsonArray(bytes: Buffer, elementsMax: number): JsonArray | undefined {
  const outline = newOutline(bytes, elementsMax);
  lookThrough(bytes, outline, bytes.length);
  return arrayOf(bytes, outline);
}

/** Bytes scanned in one go. */
const STEP_BYTES = 256 * 1024;

/** The same, yielding by `turn` after each quarter of a MiB. */
export async function jsonArrayInTurns(
  bytes: Buffer,
  elementsMax: number,
  turn: () => Promise<void>,
): Promise<JsonArray | undefined> {
  const outline = newOutline(bytes, elementsMax);
  for (let to = STEP_BYTES; to < bytes.length; to += STEP_BYTES) {
    lookThrough(bytes, outline, to);
    await turn();
  }
  lookThrough(bytes, outline, bytes.length);
  return arrayOf(bytes, outline);
}

function arrayOf(bytes: Buffer, outline: Outline): JsonArray | undefined {
  const { count, bounds, marks, state } = outline;
  if (state !== 'closed') return undefined;
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
  readonly elementsMax: number;
  /** Next byte to scan. */
  at: number;
  /** `closed`: the whole text is one array. */
  state: 'open' | 'closed' | 'no array';
  depth: number;
  /** Start of the current element; -1 before its first byte. */
  begin: number;
  end: number;
  mark: number;
  count: number;
  /** Begin and end of each element, alternating. */
  readonly bounds: number[];
  /** Commas and opening brackets of each element. */
  readonly marks: number[];
}

function newOutline(bytes: Uint8Array, elementsMax: number): Outline {
  const at = firstByte(bytes);
  const state = bytes[at] === OPENING ? 'open' : 'no array';
  return { elementsMax, at: at + 1, state, depth: 0, begin: -1, end: 0, mark: 0, count: 0, bounds: [], marks: [] };
}

/** Scans the bytes before `to`, and to the end of a string that begins before it. */
// biome-ignore lint/complexity/noExcessiveCognitiveComplexity: a state machine over characters reads best in one place.
function lookThrough(bytes: Uint8Array, outline: Outline, to: number): void {
  if (outline.state !== 'open') return;
  const { length } = bytes;
  let { at: i, depth, begin, end, mark } = outline;
  let isClosing = false;
  for (; i < to; i++) {
    const byte = bytes[i]!;
    if (byte === QUOTE) {
      if (begin === -1) begin = i;
      // Skips to the quote that ends the string; a backslash also skips the next character.
      for (i++; i < length && bytes[i] !== QUOTE; i++) if (bytes[i] === BACKSLASH) i++;
      end = i + 1;
    } else if ((byte | 0x20) === 0x7b) {
      if (begin === -1) begin = i;
      depth++;
      mark++;
    } else if ((byte | 0x20) === 0x7d) {
      if (depth === 0) {
        isClosing = true;
        break;
      }
      depth--;
      end = i + 1;
    } else if (byte === COMMA) {
      if (depth > 0) mark++;
      else if (begin === -1) break;
      else {
        endElement(outline, begin, end, mark);
        begin = -1;
        mark = 0;
      }
    } else if (depth === 0 && !isBlank(byte)) {
      if (begin === -1) begin = i;
      end = i + 1;
    }
  }
  outline.at = i;
  outline.depth = depth;
  outline.begin = begin;
  outline.end = end;
  outline.mark = mark;
  if (isClosing) outline.state = closed(bytes, outline);
  else if (i < to) outline.state = 'no array';
}

function endElement(outline: Outline, begin: number, end: number, mark: number): void {
  if (++outline.count > outline.elementsMax) return;
  outline.bounds.push(begin, end);
  outline.marks.push(mark);
}

/** Called at a closing bracket: the state after it, if it is the one that ends the array. */
function closed(bytes: Uint8Array, outline: Outline): Outline['state'] {
  const { at, begin, end, mark } = outline;
  if (bytes[at] !== CLOSING || firstByte(bytes, at + 1) < bytes.length) return 'no array';
  // Only an empty array has no element before the bracket.
  if (begin === -1) return outline.count > 0 ? 'no array' : 'closed';
  endElement(outline, begin, end, mark);
  return 'closed';
}

/** Offset of the first byte that is no blank; the length if there is none. */
function firstByte(bytes: Uint8Array, from = 0): number {
  let at = from;
  while (at < bytes.length && isBlank(bytes[at]!)) at++;
  return at;
}

/** Space, line feed, carriage return or tab. */
function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
