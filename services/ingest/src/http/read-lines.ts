import type { IncomingMessage } from 'node:http';
import { EVENT_BYTES_MAX } from '@touchstone/event-store';
import { type Holding, Problem } from '@touchstone/runtime';
import { parts } from '../decide/parts.ts';
import { type LineSplitter, lineSplitter } from './line-splitter.ts';
import { type PulledChunks, pullChunks } from './pull-chunks.ts';
import { decoded, drain, undecodable } from './read-body.ts';

/**
 * A block is decided and stored as one: large enough to make one transaction cheap, small enough to
 * keep memory flat.
 */
const BLOCK_BYTES = 512 * 1024;
const BLOCK_LINES = 1000;

/** A compressed stream may expand to this, plus a multiple of the bytes sent. */
const GROWTH_BYTES = 4 * 1024 * 1024;
const GROWTH_FACTOR = 100;

/**
 * An open line must end within each such span or grow by {@link LINE_BYTES_LEAST}: 1 KiB a second.
 */
export const LINE_SPAN_MS = 60_000;
export const LINE_BYTES_LEAST = 60 * 1024;

/**
 * Yields the non-blank lines of a streamed body in blocks; it reads nothing while a block is being
 * worked on, and `room` accounts for the bytes held. A line longer than an event may be is cut just
 * beyond that length, enough to recognise it as too long; between two lines a stream may pause.
 * @throws Problem 408 for a line that hardly grows, 503 without room for it.
 */
export async function* readLines(request: IncomingMessage, room: Holding): AsyncGenerator<readonly Buffer[]> {
  const body = decoded(request);
  const chunks = pullChunks(body);
  const splitter = lineSplitter(EVENT_BYTES_MAX + 1);
  const speed = watchSpeed(splitter, chunks);
  let sent = 0;
  if (body !== request) request.on('data', (chunk: Buffer) => (sent += chunk.length));
  let isWhole = false;
  try {
    for (let chunk = await chunks.next(); chunk !== null; chunk = await chunks.next()) {
      speed.received(chunk.length);
      if (body !== request && speed.sum() > GROWTH_BYTES + GROWTH_FACTOR * sent) {
        throw new Problem('body_too_large', `The compressed body grows more than ${GROWTH_FACTOR}-fold.`);
      }
      splitter.push(chunk);
      room.set(splitter.bytes());
      if (splitter.linesBytes() < BLOCK_BYTES && splitter.lines() < BLOCK_LINES) continue;
      // The timer stops while nothing is read, which is not the sender's fault.
      speed.stop();
      yield* parts(splitter.take(), BLOCK_LINES);
      speed.begin();
      room.set(splitter.bytes());
    }
    isWhole = true;
    splitter.end();
    yield* parts(splitter.take(), BLOCK_LINES);
  } catch (error) {
    throw error instanceof Problem ? error : undecodable(error);
  } finally {
    speed.stop();
    chunks.stop();
    if (!isWhole) {
      drain(request);
      if (body !== request) body.destroy();
    }
  }
}

/** Fails a stream whose line was open for a whole span and hardly grew in it. */
function watchSpeed(splitter: LineSplitter, chunks: PulledChunks) {
  let sum = 0;
  let atStart = { sum: 0, line: splitter.openLine() };
  let timer: NodeJS.Timeout | undefined;
  const stop = () => clearInterval(timer);
  const begin = () => {
    stop();
    atStart = { sum, line: splitter.openLine() };
    timer = setInterval(look, LINE_SPAN_MS).unref();
  };
  function look(): void {
    const line = splitter.openLine();
    if (line !== undefined && line === atStart.line && sum - atStart.sum < LINE_BYTES_LEAST) {
      const least = `${LINE_BYTES_LEAST / 1024} KiB in ${LINE_SPAN_MS / 1000} s`;
      chunks.fail(
        new Problem('request_timeout', `A line was begun and did not end, and less than ${least} came of it.`),
      );
    }
    begin();
  }
  begin();
  return {
    received(bytes: number) {
      sum += bytes;
    },
    sum: () => sum,
    begin,
    stop,
  };
}
