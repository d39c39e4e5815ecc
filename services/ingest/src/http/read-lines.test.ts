import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { inFlight } from '@touchstone/runtime';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { LINE_BYTES_LEAST, LINE_SPAN_MS, readLines } from './read-lines.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }));
afterEach(() => void vi.useRealTimers());

/** A stream of lines whose bytes the test sends, and the blocks read from it. */
function reading() {
  const request = Object.assign(new PassThrough(), { headers: {} });
  const room = inFlight(8 * 1024 * 1024, 'bytes');
  const holding = room.hold();
  const lines: string[] = [];
  const read = async () => {
    for await (const block of readLines(request as unknown as IncomingMessage, holding))
      lines.push(...block.map(String));
  };
  const done = read();
  /** Resolves once the reader has taken the bytes. */
  const send = async (text: string | Buffer) => {
    request.write(text);
    await new Promise<void>((resolve) => setImmediate(resolve));
  };
  return { request, room, lines, done, send };
}

it('a line that arrives byte by byte is one line, and takes the room of its bytes', async () => {
  const { request, room, lines, done, send } = reading();
  await send('first\r\n \r\n');
  for (const byte of 'second') await send(byte);
  expect(room.taken).toBeGreaterThan(0);
  expect(room.taken).toBeLessThan(32 * 1024);
  request.end();
  await done;
  expect(lines).toEqual(['first', 'second']);
});

it('a line that is begun, not ended and hardly grows ends the stream; the lines before it are there', async () => {
  const { lines, done, send } = reading();
  const ended = expect(done).rejects.toMatchObject({ status: 408, code: 'request_timeout' });
  await send(`${'{}\n'.repeat(1000)}{`);
  for (let span = 0; span < 2; span++) {
    await send(' '.repeat(100));
    vi.advanceTimersByTime(LINE_SPAN_MS);
  }
  await ended;
  expect(lines).toHaveLength(1000);
});

it('a stream may rest between lines, send line after line slowly, and be long over a line that grows', async () => {
  const { request, lines, done, send } = reading();
  await send('a\n');
  for (let span = 0; span < 3; span++) vi.advanceTimersByTime(LINE_SPAN_MS);
  for (let span = 0; span < 3; span++) {
    await send('b\nb');
    vi.advanceTimersByTime(LINE_SPAN_MS);
  }
  for (let span = 0; span < 3; span++) {
    await send('c'.repeat(LINE_BYTES_LEAST));
    vi.advanceTimersByTime(LINE_SPAN_MS);
  }
  request.end();
  await done;
  expect(lines).toHaveLength(5);
});

it('a line that begins shortly before the end of a span has a whole one', async () => {
  const { request, lines, done, send } = reading();
  vi.advanceTimersByTime(LINE_SPAN_MS - 1);
  await send(`${'{}\n'.repeat(1000)}{`);
  vi.advanceTimersByTime(LINE_SPAN_MS - 1);
  await send('}\n');
  request.end();
  await done;
  expect(lines).toHaveLength(1001);
});

it('where there is no room for a line the stream is asked to come back', async () => {
  const { room, done, send } = reading();
  room.hold().set(room.taken + 8 * 1024 * 1024);
  const ended = expect(done).rejects.toMatchObject({ status: 503, code: 'overloaded' });
  await send('{');
  await ended;
});
