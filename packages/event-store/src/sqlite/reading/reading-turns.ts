/** What readers may take of one round of the event loop, ms: whoever else is to be served waits no longer for them. */
const ROUND_MS = 8;

/** Reads a page once it is the caller's turn. Rejects with what reading throws. */
export type InTurn = <Page>(read: () => Page) => Promise<Page>;

/**
 * Readers that share a thread take turns: however many there are, together they read for {@link ROUND_MS} and the page that is begun by then, then
 * everybody else is served. Whoever waits longest is next.
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
