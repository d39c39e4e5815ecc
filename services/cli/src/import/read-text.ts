import { isUtf8 } from 'node:buffer';
import { StringDecoder } from 'node:string_decoder';
import { TextDecoder } from '@exodus/bytes/encoding.js';
import { HEAD_BYTES, refuseBinary } from './binary-file.ts';
import { type EncodingOptions, encodingOf } from './text-encoding.ts';

/** Far beyond any row; it keeps a file without line breaks from filling the memory. */
export const PIECE_BYTES_MAX = 16 * 1024 * 1024;

/** Consecutive pieces of a text, or one faulty piece. */
export interface TextBlock {
  readonly text: string;
  readonly fault?: TextFault | undefined;
}

export interface TextFault {
  readonly reason: string;
  /**
   * Whether the piece was too long, so that only its beginning is here. Otherwise all of it is,
   * with U+FFFD for unreadable bytes.
   */
  readonly isCut: boolean;
}

/** The unit that an unreadable byte costs: a line with its end, or a tag of XML. */
export type Pieces = 'lines' | 'tags';

export interface TextOptions extends EncodingOptions {
  readonly pieces: Pieces;
  /** Advice for bytes that cannot be read. */
  readonly hint?: string | undefined;
}

/**
 * Yields the text of a file without its byte order mark.
 * @throws ImportError if the file is binary or its encoding is unknown.
 */
export async function* readText(bytes: AsyncIterable<Buffer>, options: TextOptions): AsyncGenerator<TextBlock> {
  let decoder: ReturnType<typeof textDecoder> | undefined;
  for await (const chunk of withWholeHead(bytes)) {
    if (decoder !== undefined) {
      yield* decoder.write(chunk);
      continue;
    }
    const { name, markLength } = encodingOf(chunk, options);
    if (!name.startsWith('utf-16')) await refuseBinary(chunk.subarray(0, HEAD_BYTES), options.file);
    decoder = textDecoder(name, options);
    yield* decoder.write(chunk.subarray(markLength));
  }
  if (decoder !== undefined) yield* decoder.end();
}

/** Joins the first chunks until they are long enough to detect the encoding. */
async function* withWholeHead(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let head: Buffer[] | undefined = [];
  let length = 0;
  for await (const chunk of bytes) {
    if (head === undefined) {
      yield chunk;
      continue;
    }
    head.push(chunk);
    length += chunk.length;
    if (length < HEAD_BYTES) continue;
    yield Buffer.concat(head);
    head = undefined;
  }
  if (head !== undefined) yield Buffer.concat(head);
}

function textDecoder(name: string, { pieces, hint }: TextOptions) {
  const fault = `is not ${name.toUpperCase()}${hint === undefined ? '' : `; ${hint}`}`;
  if (!name.startsWith('utf-16')) return pieceDecoder(name, pieces, fault);
  const { write, end } = pieceDecoder('utf-8', pieces, fault);
  const units = utf16Units(name === 'utf-16be');
  return {
    write: (chunk: Buffer) => write(units.write(chunk)),
    *end(): Generator<TextBlock> {
      yield* write(units.end());
      yield* end();
    },
  };
}

/**
 * Marks what is invalid in UTF-16 (half a pair, or half a character); the byte 0xFF never occurs in
 * UTF-8.
 */
const NO_TEXT = Buffer.from([0xff]);

/** Recodes UTF-16 as UTF-8, so that line ends are found the same way in all texts. */
function utf16Units(isBigEnd: boolean) {
  const decoder = new StringDecoder('utf16le');
  let odd: Buffer = Buffer.alloc(0);
  return {
    write(chunk: Buffer): Buffer {
      const joined = Buffer.concat([odd, chunk]);
      const evenLength = joined.length & ~1;
      odd = joined.subarray(evenLength);
      const units = joined.subarray(0, evenLength);
      return asUtf8(decoder.write(isBigEnd ? units.swap16() : units));
    },
    end: () => Buffer.concat([asUtf8(decoder.end()), odd.length > 0 ? NO_TEXT : odd]),
  };
}

function asUtf8(text: string): Buffer {
  if (!/\p{Surrogate}/u.test(text)) return Buffer.from(text);
  const parts = text.split(/\p{Surrogate}/u).map((part) => Buffer.from(part));
  return Buffer.concat(parts.flatMap((part, index) => (index === 0 ? [part] : [NO_TEXT, part])));
}

function pieceDecoder(encoding: string, pieces: Pieces, reason: string) {
  const decode = decoderOf(encoding);
  const ends = pieces === 'lines' || encoding === 'iso-2022-jp' ? LINE_ENDS : TAG_ENDS;
  // Bytes of a piece whose end has not arrived.
  let waiting: Buffer[] = [];
  let length = 0;
  let isTooLong = false;
  const keep = (bytes: Buffer) => {
    isTooLong ||= length + bytes.length > PIECE_BYTES_MAX;
    if (isTooLong && length > 0) return;
    waiting.push(isTooLong ? bytes.subarray(0, SHOWN_BYTES) : bytes);
    length += bytes.length;
  };
  const taken = (bytes: Buffer) => {
    const whole = waiting.length === 0 ? bytes : Buffer.concat([...waiting, bytes]);
    [waiting, length] = [[], 0];
    return whole;
  };

  function* read(block: Buffer): Generator<TextBlock> {
    const text = decode(block);
    if (text !== undefined) {
      yield { text };
      return;
    }
    for (let at = 0; at < block.length; ) {
      const end = ends.first(block, at);
      const piece = block.subarray(at, end === 0 ? block.length : end);
      const own = decode(piece);
      yield own === undefined ? { text: decode.lenient(piece), fault: { reason, isCut: false } } : { text: own };
      at += piece.length;
    }
  }
  function* cut(): Generator<TextBlock> {
    const beginning = taken(Buffer.alloc(0)).subarray(0, SHOWN_BYTES);
    isTooLong = false;
    yield { text: decode.lenient(beginning), fault: { reason: TOO_LONG, isCut: true } };
  }

  return {
    *write(chunk: Buffer): Generator<TextBlock> {
      let bytes = chunk;
      if (isTooLong) {
        const end = ends.first(bytes, 0);
        if (end === 0) return;
        yield* cut();
        bytes = bytes.subarray(end);
      }
      const end = ends.last(bytes);
      if (end > 0) yield* read(taken(bytes.subarray(0, end)));
      if (end < bytes.length) keep(bytes.subarray(end));
    },
    *end(): Generator<TextBlock> {
      if (isTooLong) yield* cut();
      else if (length > 0) yield* read(taken(Buffer.alloc(0)));
    },
  };
}

const SHOWN_BYTES = 10_000;
const TOO_LONG = `is longer than ${PIECE_BYTES_MAX / 1024 / 1024} MiB`;

/**
 * Whole pieces can be decoded independently: no encoding read here has these end bytes within a
 * multi-byte character.
 */
function decoderOf(encoding: string) {
  const strict = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
  const lenient = new TextDecoder(encoding, { ignoreBOM: true });
  const decode = (bytes: Buffer): string | undefined => {
    if (encoding === 'utf-8') return isUtf8(bytes) ? bytes.toString('utf8') : undefined;
    try {
      return strict.decode(bytes);
    } catch {
      return undefined;
    }
  };
  return Object.assign(decode, { lenient: (bytes: Buffer) => lenient.decode(bytes) });
}

interface Ends {
  /** Index after the first end of a piece at or after `from`; 0 if there is none. */
  readonly first: (bytes: Buffer, from: number) => number;
  readonly last: (bytes: Buffer) => number;
}

const [LINE_FEED, RETURN, CLOSING] = [0x0a, 0x0d, 0x3e];

const TAG_ENDS: Ends = {
  first: (bytes, from) => bytes.indexOf(CLOSING, from) + 1,
  last: (bytes) => bytes.lastIndexOf(CLOSING) + 1,
};

/**
 * LF, CR LF or CR. A CR in the last byte does not end the line yet, because its LF may be in the
 * next chunk.
 */
const LINE_ENDS: Ends = {
  first(bytes, from) {
    const feed = bytes.indexOf(LINE_FEED, from) + 1;
    const back = bytes.indexOf(RETURN, from) + 1;
    if (back === 0 || back === bytes.length || (feed > 0 && feed <= back + 1)) return feed;
    return back;
  },
  last(bytes) {
    const feed = bytes.lastIndexOf(LINE_FEED) + 1;
    const back = bytes.lastIndexOf(RETURN, bytes.length - 2) + 1;
    return Math.max(feed, bytes.length < 2 ? 0 : back);
  },
};
