import { useState } from 'react';
import { type Problem, problemFrom } from './ask.ts';

/** One change at a time: whether it is under way, and why the last one failed. */
export interface Doing {
  readonly isBusy: boolean;
  readonly problem: Problem | undefined;
  /** Resolves to true once the change is made. */
  start(act: () => Promise<unknown>): Promise<boolean>;
}

export function useDoing(done?: () => void): Doing {
  const [isBusy, setIsBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  return {
    isBusy,
    problem,
    async start(act) {
      setIsBusy(true);
      try {
        await act();
        setProblem(undefined);
        done?.();
        return true;
      } catch (error) {
        setProblem(problemFrom(error));
        return false;
      } finally {
        setIsBusy(false);
      }
    },
  };
}
