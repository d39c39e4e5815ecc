/** Position of a projection, and a way to wait for it. */
export interface Progress {
  /** The tables hold everything up to this position of the log. */
  readonly position: () => bigint;
  /** Resolves true once `position` is reached, false after the time-out. */
  reached(position: bigint, timeoutMs: number): Promise<boolean>;
  advance(position: bigint): void;
}

export function createProgress(start: bigint): Progress {
  let current = start;
  const waiting = new Set<{ readonly position: bigint; readonly resolve: () => void }>();
  return {
    position: () => current,
    advance(position) {
      if (position <= current) return;
      current = position;
      for (const waiter of waiting) if (waiter.position <= current) waiter.resolve();
    },
    reached(position, timeoutMs) {
      if (position <= current) return Promise.resolve(true);
      return new Promise((resolve) => {
        const finish = (isReached: boolean) => {
          clearTimeout(timer);
          waiting.delete(waiter);
          resolve(isReached);
        };
        const timer = setTimeout(finish, timeoutMs, false);
        const waiter = { position, resolve: () => finish(true) };
        waiting.add(waiter);
      });
    },
  };
}
