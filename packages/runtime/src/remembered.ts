/**
 * What `read` answers, asked at most once at a time and again only when the last answer is older than `keepMs(tookMs)`. A failed reading is
 * not kept.
 */
export function remembered<T>(read: () => Promise<T>, keepMs: (tookMs: number) => number): () => Promise<T> {
  let kept: Promise<T> | undefined;
  let freshUntil = 0;
  return () => {
    if (kept !== undefined && performance.now() < freshUntil) return kept;
    const begun = performance.now();
    // Whoever asks while this is under way waits for the same answer.
    freshUntil = Number.POSITIVE_INFINITY;
    const reading = read();
    kept = reading;
    reading.then(
      () => {
        freshUntil = performance.now() + keepMs(performance.now() - begun);
      },
      () => {
        freshUntil = 0;
      },
    );
    return reading;
  };
}

/** The answer, or undefined if it fails or takes longer than `limitMs`; a late one is left to itself. */
export async function answerWithin<T>(limitMs: number, answer: Promise<T>): Promise<{ readonly value: T } | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((settle) => {
    timer = setTimeout(settle, limitMs, undefined);
  });
  try {
    return await Promise.race([answer.then((value) => ({ value })), late]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
