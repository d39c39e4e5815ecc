import type { IncomingMessage } from 'node:http';
import { Problem } from '@touchstone/runtime';
import { EVENT_BYTES_MAX } from './decide-event.ts';
import { decoded, drain, undecodable } from './read-body.ts';

/** A block is decided and stored as one: large enough for one transaction to be cheap, small enough for flat memory. */
const BLOCK_BYTES = 512 * 1024;
const BLOCK_LINES = 1000;

/** A compressed stream may grow to this much, and to a multiple of what was sent beyond. */
const GROWTH_BYTES = 4 * 1024 * 1024;
const GROWTH_FACTOR = 100;

/**
 * The lines of a streamed body that are not blank, in blocks. Nothing is read on while a block is being worked on. A line longer than
 * an event may be is cut right behind that length, which is enough to see that it is too long.
 */
export async function* readLines(request: IncomingMessage): AsyncGenerator<readonly Buffer[]> {
  const body = decoded(request);
  const splitter = lineSplitter();
  let grown = 0;
  let sent = 0;
  if (body !== request) request.on('data', (chunk: Buffer) => (sent += chunk.length));
  let isWhole = false;
  try {
    // Destroying the stream would take the connection, and the answer, with it.
    for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      grown += chunk.length;
      if (body !== request && grown > GROWTH_BYTES + GROWTH_FACTOR * sent) {
        throw new Problem('body_too_large', `The compressed body grows more than ${GROWTH_FACTOR}-fold.`);
      }
      splitter.push(chunk);
      if (splitter.isFull()) yield* blocks(splitter.take());
    }
    isWhole = true;
    splitter.end();
    yield* blocks(splitter.take());
  } catch (error) {
    throw error instanceof Problem ? error : undecodable(error);
  } finally {
    if (!isWhole) {
      drain(request);
      if (body !== request) body.destroy();
    }
  }
}

function* blocks(lines: readonly Buffer[]): Generator<readonly Buffer[]> {
  for (let start = 0; start < lines.length; start += BLOCK_LINES) yield lines.slice(start, start + BLOCK_LINES);
}

function lineSplitter() {
  let lines: Buffer[] = [];
  let bytes = 0;
  /** The beginning of a line that has not ended, in pieces. */
  let pieces: Buffer[] = [];
  let piecesBytes = 0;
  const addPiece = (piece: Buffer) => {
    const room = EVENT_BYTES_MAX + 1 - piecesBytes;
    if (room <= 0) return;
    pieces.push(piece.length > room ? piece.subarray(0, room) : piece);
    piecesBytes += Math.min(piece.length, room);
  };
  const endLine = () => {
    const line = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces, piecesBytes);
    pieces = [];
    piecesBytes = 0;
    if (isBlank(line)) return;
    lines.push(line.at(-1) === 0x0d ? line.subarray(0, -1) : line);
    bytes += line.length;
  };
  return {
    push(chunk: Buffer) {
      let start = 0;
      for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
        addPiece(chunk.subarray(start, end));
        endLine();
        start = end + 1;
      }
      if (start < chunk.length) addPiece(chunk.subarray(start));
    },
    end() {
      if (piecesBytes > 0) endLine();
    },
    isFull: () => bytes >= BLOCK_BYTES || lines.length >= BLOCK_LINES,
    take() {
      const taken = lines;
      lines = [];
      bytes = 0;
      return taken;
    },
  };
}

function isBlank(line: Buffer): boolean {
  for (let i = 0; i < line.length; i++) if (line[i] !== 0x20 && line[i] !== 0x0d && line[i] !== 0x09) return false;
  return true;
}
