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

export interface Patience {
  /** So long a caller waits for a reading. */
  readonly waitMs: number;
  /** A reading that takes longer has failed, for all that can be told: then nothing is known. */
  readonly takesMaxMs: number;
  /** An answer is told instead of a newer one for so long. */
  readonly keptMaxMs: number;
}

/**
 * What `read` answers, for callers that wait for no server: a reading that takes longer than they wait is left to the next caller, and until it is done, or has taken too long, the one
 * before it is told. Undefined where nothing is known. `read` is one that is {@link remembered}.
 */
export function knownSoon<T>(read: () => Promise<T>, patience: Patience): () => Promise<Known<T>> {
  let known: Known<T>;
  let knownAt = 0;
  let underWay: Promise<T> | undefined;
  let begunAt = 0;
  return async () => {
    const reading = read();
    if (reading !== underWay) {
      underWay = reading;
      begunAt = performance.now();
      const learn = (value: Known<T>) => {
        if (reading !== underWay) return;
        known = value;
        knownAt = performance.now();
      };
      reading.then(
        (value) => learn({ value }),
        () => learn(undefined),
      );
    }
    const done = () => true;
    const isDone = (await answerWithin(patience.waitMs, reading.then(done, done))) !== undefined;
    const now = performance.now();
    return isDone || (now - begunAt <= patience.takesMaxMs && now - knownAt <= patience.keptMaxMs) ? known : undefined;
  };
}

export type Known<T> = { readonly value: T } | undefined;

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
