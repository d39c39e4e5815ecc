import type { Readable } from 'node:stream';
import type { ExportStatement } from './clickhouse.ts';
import type { Streaming } from './embedded-exports.ts';

/** A server's answer while it arrives. */
export interface Arriving {
  readonly stream: Readable;
  /** Mark of an exception behind the first rows; undefined from a server that sends none. */
  readonly exceptionTag: string | undefined;
}

/** Sends one statement to a server; rejects with its error before the first row. */
export type Send = (statement: ExportStatement, signal: AbortSignal) => Promise<Arriving>;

/** Streams answers of a server. */
export function serverStreaming(send: Send): Streaming {
  return async function* (statement, signal) {
    const { stream, exceptionTag } = await send(statement, signal);
    try {
      yield* exceptionTag === undefined ? stream : withoutException(stream, exceptionTag);
    } finally {
      stream.destroy();
    }
  };
}

/** Upper limit of an exception at the end of an answer: 16 KiB of message, and its frame. */
const EXCEPTION_BYTES = 20 * 1024;

/**
 * Passes an answer on, a little late: a server tells of an error behind the first rows at the end
 * of the answer, in a frame of this tag.
 * @throws Error with the server's message.
 */
async function* withoutException(stream: AsyncIterable<Uint8Array>, tag: string): AsyncGenerator<Uint8Array> {
  let held: Uint8Array = new Uint8Array(0);
  for await (const chunk of stream) {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    const safe = held.length - EXCEPTION_BYTES;
    if (safe <= 0) continue;
    yield held.subarray(0, safe);
    held = held.subarray(safe);
  }
  const text = Buffer.from(held).toString('latin1');
  const at = text.indexOf(`__exception__\r\n${tag}\r\n`);
  if (at === -1) {
    if (held.length > 0) yield held;
    return;
  }
  const message = Buffer.from(held).toString('utf8').split(`__exception__\r\n${tag}\r\n`)[1] ?? '';
  throw Object.assign(new Error(message.trim()), { code: /Code: (\d+)/.exec(message)?.[1] });
}
