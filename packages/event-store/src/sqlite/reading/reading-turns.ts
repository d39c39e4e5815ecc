/**
 * Time that readers may take of one round of the event loop, ms, and so the longest that other work
 * waits for them.
 */
const ROUND_MS = 8;

/** Reads a page once it is the caller's turn. Rejects with the error of the read. */
export type InTurn = <Page>(read: () => Page) => Promise<Page>;

/**
 * Shares a thread fairly among readers: however many there are, together they read for
 * {@link ROUND_MS} plus the page begun by then, and then the event loop serves everything else. The
 * reader that has waited longest is next.
 */
export function readingTurns(now: () => number = () => performance.now()): InTurn {
  let roundBegan: number | undefined;
  const waiting: (() => void)[] = [];

  function mayRead(): boolean {
    if (roundBegan !== undefined) return now() - roundBegan < ROUND_MS;
    roundBegan = now();
    setImmediate(() => {
      roundBegan = undefined;
    });
    return true;
  }

  function nextRound(): void {
    setImmediate(() => {
      while (waiting.length > 0 && mayRead()) waiting.shift()!();
      if (waiting.length > 0) nextRound();
    });
  }

  return async (read) => {
    if (waiting.length === 0 && mayRead()) return read();
    return new Promise((resolve, reject) => {
      if (waiting.length === 0) nextRound();
      waiting.push(() => {
        try {
          resolve(read());
        } catch (error) {
          reject(error);
        }
      });
    });
  };
}
