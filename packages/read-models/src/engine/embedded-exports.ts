import { randomUUID } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { assignments, quoted } from './bound-parameters.ts';
import type { ExportStatement } from './clickhouse.ts';
import type { EngineSession, RowsWritten } from './embedded-engine.ts';

/** Streams the answer of one statement; it ends with an error once the signal aborts. */
export type Streaming = (statement: ExportStatement, signal: AbortSignal) => AsyncIterable<Uint8Array>;

/** Ends the statement that this session runs; resolves once `over` has settled. */
export type GiveUp = (over: Promise<unknown>) => Promise<void>;

/**
 * Streams answers of one embedded session. The engine writes each streamed chunk as a file of its
 * own, which rows of text survive and Parquet does not: it goes through a file in `folder`, which
 * is read while the engine writes it.
 */
export function embeddedStreaming(session: EngineSession, folder: string, giveUp: GiveUp): Streaming {
  return async function* ({ sql, params, format }, signal) {
    const bound = assignments(params);
    if (bound.length > 0) await session.run(`SET ${bound.join(', ')}`);
    const pieces =
      format === 'Parquet'
        ? throughFile(session, sql, join(folder, `${randomUUID()}.parquet`), giveUp)
        : bytesOf(session.stream(`${sql} FORMAT ${format}`));
    yield* untilLeft(pieces, signal, giveUp);
  };
}

async function* bytesOf(chunks: AsyncIterable<RowsWritten>): AsyncGenerator<Uint8Array> {
  for await (const { bytes } of chunks) yield bytes;
}

/** Ends the running statement when the signal aborts, and waits for its end before it ends. */
async function* untilLeft(
  pieces: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
  giveUp: GiveUp,
): AsyncGenerator<Uint8Array> {
  const iterator = pieces[Symbol.asyncIterator]();
  let fetching: Promise<unknown> = Promise.resolve();
  let givingUp: Promise<void> | undefined;
  const onLeft = () => {
    givingUp = giveUp(fetching);
  };
  signal.addEventListener('abort', onLeft);
  try {
    for (;;) {
      signal.throwIfAborted();
      const next = iterator.next();
      fetching = next.catch(() => undefined);
      const { done, value } = await next;
      if (done) return;
      yield value;
    }
  } finally {
    signal.removeEventListener('abort', onLeft);
    await givingUp;
    await iterator.return?.();
  }
}

const LOOK_AGAIN_MS = 20;
const READ_BYTES = 256 * 1024;

/** Reads a file while the engine writes it, and removes it at the end. */
async function* throughFile(
  session: EngineSession,
  sql: string,
  path: string,
  giveUp: GiveUp,
): AsyncGenerator<Uint8Array> {
  let isWritten = false;
  let failure: unknown;
  const writing = session
    .run(`${sql} INTO OUTFILE ${quoted(path)} FORMAT Parquet`)
    .catch((error: unknown) => {
      failure = error;
    })
    .finally(() => {
      isWritten = true;
    });
  let file: Awaited<ReturnType<typeof open>> | undefined;
  try {
    for (;;) {
      // Looked at first: what was written before is then seen by the read.
      const isLast = isWritten;
      if (failure !== undefined) throw failure;
      file ??= await open(path, 'r').catch(() => undefined);
      const { bytesRead, buffer } = (await file?.read({ buffer: Buffer.alloc(READ_BYTES) })) ?? NOTHING;
      if (bytesRead > 0) yield buffer.subarray(0, bytesRead);
      else if (isLast) return;
      else await Promise.race([writing, pause(LOOK_AGAIN_MS)]);
    }
  } finally {
    if (!isWritten) await giveUp(writing);
    await file?.close();
    await rm(path, { force: true });
  }
}

const NOTHING = { bytesRead: 0, buffer: Buffer.alloc(0) };
