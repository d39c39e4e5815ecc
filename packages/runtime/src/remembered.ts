/**
 * Caches the answer of `read`: it runs at most once at a time, and again only when the last answer
 * is older than `keepMs(tookMs)`. A failed read is not cached.
 */
export function remembered<T>(read: () => Promise<T>, keepMs: (tookMs: number) => number): () => Promise<T> {
  let kept: Promise<T> | undefined;
  let freshUntil = 0;
  return () => {
    if (kept !== undefined && performance.now() < freshUntil) return kept;
    const begun = performance.now();
    // Callers that ask during a read share its answer.
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
  /** How long a caller waits for a read, in ms. */
  readonly waitMs: number;
  /** Limit of a read, in ms: after it the value counts as unknown. */
  readonly takesMaxMs: number;
  /** How long the previous answer may stand in for a newer one, in ms. */
  readonly keptMaxMs: number;
}

/**
 * The answer of `read` for callers that must not wait for a server: a read that is slower than
 * `waitMs` continues for the next caller, and meanwhile callers get the previous answer, or
 * undefined if there is none or the read took too long. Pass a `read` made by {@link remembered}.
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

/**
 * The answer, or undefined if it fails or takes longer than `limitMs`; a late answer is ignored.
 */
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
