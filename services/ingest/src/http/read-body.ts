import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { type Holding, Problem } from '@touchstone/runtime';
import { nextSlice } from '@touchstone/runtime/time-slices';
import { growingBytes } from './growing-bytes.ts';

/**
 * Reads the whole body, decompressed, up to `bytesMax`; `room` accounts for its bytes as they
 * arrive.
 * @throws Problem 413 beyond `bytesMax` (judged by `content-length` if it is given), 415 for an
 *   unknown `content-encoding`, 400 for a body that is not encoded as it says, 503 without room.
 */
export async function readBody(request: IncomingMessage, bytesMax: number, room: Holding): Promise<Buffer> {
  const expected = Number(request.headers['content-length'] ?? bytesMax);
  if (expected > bytesMax) {
    drain(request);
    throw tooLong(bytesMax);
  }
  const body = decoded(request);
  const bytes = growingBytes(body === request ? expected : bytesMax, (allocated) => room.set(allocated));
  return new Promise((resolve, reject) => {
    let isSettled = false;
    const fail = (problem: unknown) => {
      if (isSettled) return;
      isSettled = true;
      body.removeAllListeners('data');
      if (body !== request) body.destroy();
      drain(request);
      reject(problem);
    };
    let [pieces, length] = [0, 0];
    body.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (++pieces >= PIECES_OF_A_TURN || length >= BYTES_OF_A_TURN) {
        [pieces, length] = [0, 0];
        giveWay(body);
      }
      if (bytes.length + chunk.length > bytesMax) return fail(tooLong(bytesMax));
      try {
        bytes.add(chunk);
      } catch (error) {
        fail(error);
      }
    });
    body.on('end', () => {
      isSettled = true;
      resolve(bytes.take());
    });
    body.on('error', (error) => fail(undecodable(error)));
    if (body !== request) request.on('error', (error) => fail(undecodable(error)));
    // The decoder may still hold parts of a compressed body when the connection has closed
    // normally.
    request.on('close', () => request.readableEnded || fail(undecodable(new Error('the connection was closed'))));
  });
}

/** A body is read on in its next turn after so many pieces or bytes. */
const PIECES_OF_A_TURN = 1024;
const BYTES_OF_A_TURN = 256 * 1024;

/**
 * In each round of the event loop one of the bodies under way is read on. Node would otherwise read
 * up to two megabytes of each.
 */
function giveWay(body: Readable): void {
  body.pause();
  void nextSlice().then(() => body.resume());
}

/** The body before its `content-encoding` was applied, as a stream with back-pressure. */
export function decoded(request: IncomingMessage): Readable {
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity' || encoding === '') return request;
  const decoder = decoderOf(encoding);
  if (decoder === undefined) {
    drain(request);
    throw new Problem('unsupported_media_type', 'content-encoding may be gzip, deflate or br, one of them.', {
      headers: { 'accept-encoding': 'gzip, deflate, br' },
    });
  }
  request.on('error', (error) => decoder.destroy(error));
  request.on('close', () => {
    if (!request.readableEnded) decoder.destroy(new Error('the connection was closed'));
  });
  return request.pipe(decoder);
}

function decoderOf(encoding: string) {
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    case 'br':
      return createBrotliDecompress();
  }
  return undefined;
}

/** Discards the rest of the body; the server closes the connection soon after its answer. */
export function drain(request: IncomingMessage): void {
  request.unpipe();
  request.resume();
}

export function undecodable(error: unknown): Problem {
  return new Problem('invalid_encoding', `The body cannot be read: ${(error as Error).message}.`);
}

function tooLong(bytesMax: number): Problem {
  return new Problem(
    'body_too_large',
    `A body may have ${bytesMax / 1024 / 1024} MiB, decompressed. Send several requests, or application/x-ndjson, which has no limit.`,
  );
}
