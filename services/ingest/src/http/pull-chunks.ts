import type { Readable } from 'node:stream';

/**
 * Reads a stream on demand, which puts back-pressure on its sender. `fail` ends the wait of a
 * reader with an error.
 */
export interface PulledChunks {
  /**
   * The bytes that have arrived since the last call; null at the end. Rejects with the stream's
   * error, or with that of `fail`.
   */
  next(): Promise<Buffer | null>;
  fail(error: Error): void;
  /** Detaches from the stream without closing it. */
  stop(): void;
}

export function pullChunks(stream: Readable): PulledChunks {
  let failure: Error | undefined;
  let hasEnded = false;
  let wake = () => {};
  const onReadable = () => wake();
  const onEnd = () => {
    hasEnded = true;
    wake();
  };
  const fail = (error: Error) => {
    failure ??= error;
    wake();
  };
  const onClose = () => hasEnded || fail(new Error('the connection was closed'));
  stream.on('readable', onReadable).on('end', onEnd).on('error', fail).on('close', onClose);
  return {
    async next() {
      for (;;) {
        if (failure !== undefined) throw failure;
        const chunk = stream.destroyed ? null : (stream.read() as Buffer | null);
        if (chunk !== null) return chunk;
        if (hasEnded) return null;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    fail,
    // Keeps the listener for errors: an unhandled one would end the process.
    stop: () => void stream.off('readable', onReadable).off('end', onEnd).off('close', onClose),
  };
}
