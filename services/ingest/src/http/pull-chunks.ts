import type { Readable } from 'node:stream';

/** A stream that is asked for its bytes, so that it slows its sender down; whoever waits for them can be told that they will not come. */
export interface PulledChunks {
  /** What has arrived since, in one piece; null at the end. Throws what the stream fails with, or was told by `fail`. */
  next(): Promise<Buffer | null>;
  fail(error: Error): void;
  /** Leaves the stream, as it is, to others. */
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
    // Errors are still listened for: one that nobody hears ends the process.
    stop: () => void stream.off('readable', onReadable).off('end', onEnd).off('close', onClose),
  };
}
