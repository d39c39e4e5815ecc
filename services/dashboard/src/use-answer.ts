import { useEffect, useState } from 'react';
import { getText, Problem } from './api.ts';

export interface Answer<T> {
  /** The latest answer; it stays while a newer one is awaited or has failed. */
  readonly data: T | undefined;
  /** Why the latest request failed; gone with the next that succeeds. */
  readonly problem: Problem | undefined;
  /** The data shown belong to another request than the one now asked. */
  readonly isBehind: boolean;
  readonly reload: () => void;
}

interface Held<T> {
  readonly path: string | undefined;
  readonly text: string | undefined;
  readonly data: T | undefined;
  readonly problem: Problem | undefined;
}

const longestPauseMs = 60_000;

/**
 * The API's answer to GET `path`; nothing is asked while `path` is null. With `refreshMs` it is asked again that long after each
 * answer, only while the page is visible, and more and more seldom while it fails.
 */
export function useAnswer<T>(path: string | null, refreshMs?: number): Answer<T> {
  const [held, setHeld] = useState<Held<T>>({ path: undefined, text: undefined, data: undefined, problem: undefined });
  const [round, setRound] = useState(0);

  // `round` is what asks again.
  useEffect(() => {
    if (path === null) return;
    return keepAsking(path, refreshMs, (outcome) => setHeld((before) => after(before, path, outcome)));
  }, [path, refreshMs, round]);

  return {
    data: held.data,
    problem: held.problem,
    isBehind: held.data !== undefined && held.path !== path,
    reload: () => setRound((n) => n + 1),
  };
}

function after<T>(before: Held<T>, path: string, outcome: string | Problem): Held<T> {
  if (outcome instanceof Problem) return { ...before, problem: outcome };
  // The same answer again draws nothing again.
  if (before.text === outcome && before.path === path && before.problem === undefined) return before;
  return { path, text: outcome, data: JSON.parse(outcome), problem: undefined };
}

/** Asks until the returned function is called. */
function keepAsking(
  path: string,
  refreshMs: number | undefined,
  report: (outcome: string | Problem) => void,
): () => void {
  const controller = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isAsking = false;
  let failures = 0;

  const ask = async (): Promise<void> => {
    isAsking = true;
    let pauseMs = refreshMs ?? 0;
    try {
      const text = await getText(path, controller.signal);
      failures = 0;
      if (!controller.signal.aborted) report(text);
    } catch (error) {
      if (controller.signal.aborted) return;
      failures += 1;
      const problem = error instanceof Problem ? error : new Problem(0, 'No answer', String(error));
      pauseMs = Math.max(problem.retryAfterMs ?? 0, Math.min(pauseMs * 2 ** failures, longestPauseMs));
      report(problem);
    }
    isAsking = false;
    if (refreshMs !== undefined && document.visibilityState === 'visible') timer = setTimeout(ask, pauseMs);
  };

  const onVisibility = (): void => {
    clearTimeout(timer);
    if (document.visibilityState === 'visible' && !isAsking) void ask();
  };

  void ask();
  if (refreshMs !== undefined) document.addEventListener('visibilitychange', onVisibility);
  return () => {
    controller.abort();
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', onVisibility);
  };
}
