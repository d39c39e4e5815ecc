import { type Asker, NoTurn } from './turns.ts';

/** What is asked for. */
export interface Wanted {
  /** The same for all who ask for the same. */
  readonly key: string;
  /** How far everything had come when this was asked, and how far it must have been for the asker: an answer that was begun before that is not theirs. */
  readonly at: bigint;
  readonly notBefore: bigint;
}

/** Who asks for what is already being worked out shares it; it is given up when all have left. */
export interface SharedWork {
  /**
   * `work` is told for whom it is: a name, and a signal that aborts when nobody waits any more.
   * @throws NoTurn `left` for an asker who leaves; and what the work throws.
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
