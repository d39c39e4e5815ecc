import { type Asker, NoTurn } from './turns.ts';

/** Describes a question and how fresh its answer must be. */
export interface Wanted {
  /** Equal for callers that ask the same question. */
  readonly key: string;
  /**
   * `at`: log position at the time of asking. `notBefore`: oldest position that the caller accepts;
   * an answer whose work began earlier is too old for it.
   */
  readonly at: bigint;
  readonly notBefore: bigint;
}

/**
 * Callers of the same question share one running computation, which is cancelled when all have
 * left.
 */
export interface SharedWork {
  /**
   * `work` receives an asker: a name, and a signal that aborts when no caller waits any more.
   * @throws NoTurn `left` to a caller that leaves; any error of the work to all.
   */
  share<Result>(wanted: Wanted, asker: Asker, work: (asker: Asker) => Promise<Result>): Promise<Result>;
}

interface UnderWay {
  readonly at: bigint;
  readonly result: Promise<unknown>;
  readonly leaving: AbortController;
  askers: number;
}

export function sharedWork(): SharedWork {
  const underWay = new Map<string, UnderWay>();

  function begin(wanted: Wanted, name: string, work: (asker: Asker) => Promise<unknown>): UnderWay {
    const { key, at } = wanted;
    const leaving = new AbortController();
    const result = work({ name, signal: leaving.signal });
    const one: UnderWay = { at, result, leaving, askers: 0 };
    underWay.set(key, one);
    const end = () => {
      if (underWay.get(key) === one) underWay.delete(key);
    };
    result.then(end, end);
    return one;
  }

  return {
    async share<Result>(wanted: Wanted, asker: Asker, work: (asker: Asker) => Promise<Result>): Promise<Result> {
      if (asker.signal.aborted) throw new NoTurn('left');
      const before = underWay.get(wanted.key);
      const isFit = before !== undefined && !before.leaving.signal.aborted && before.at >= wanted.notBefore;
      const one = isFit ? before : begin(wanted, asker.name, work);
      one.askers++;
      let onLeft = () => {};
      const left = new Promise<never>((_, reject) => {
        onLeft = () => reject(new NoTurn('left'));
        asker.signal.addEventListener('abort', onLeft);
      });
      try {
        return (await Promise.race([one.result, left])) as Result;
      } finally {
        asker.signal.removeEventListener('abort', onLeft);
        one.askers--;
        if (one.askers === 0) one.leaving.abort();
      }
    },
  };
}
