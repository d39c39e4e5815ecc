import { setImmediate as breathe, setTimeout as pause } from 'node:timers/promises';

/** The pause after work is this many times as long as the work: a fifth of the thread is used. */
const PAUSES = 4;
const PAUSE_MAX_MS = 500;
/** Shorter work needs no pause. */
const NOTICED_MS = 1;

/**
 * Runs work one after the other, with pauses in between, so that what is shown live never takes
 * more of the thread than a fifth. Under load the work takes longer, and so do its pauses.
 */
export function paced(): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(async () => {
      const begun = performance.now();
      const result = await work();
      return { result, begun };
    });
    last = mine.then(
      async ({ begun }) => {
        // The readers write what they were given before the pause is measured.
        await breathe();
        const tookMs = performance.now() - begun;
        if (tookMs > NOTICED_MS) await pause(Math.min(PAUSE_MAX_MS, PAUSES * tookMs));
      },
      () => undefined,
    );
    return mine.then(({ result }) => result);
  };
}
