import { useEffect, useState } from 'react';
import { noteAnswer, seenAnswer } from './answers-seen.ts';
import { getText, noAnswerWithin, Problem, problemFrom } from './api.ts';

export interface Answer<T> {
  /** The latest answer; it stays while a newer one is awaited or has failed. */
  readonly data: T | undefined;
  /** When `data` were answered, ms of this device's clock. */
  readonly answeredAt: number | undefined;
  /** Why the latest request failed, or that it is not answered yet; gone with the next that succeeds. */
  readonly problem: Problem | undefined;
  /** The data shown belong to another request than the one now asked. */
  readonly isBehind: boolean;
  readonly reload: () => void;
}

interface Held<T> {
  readonly path: string | undefined;
  readonly text: string | undefined;
  readonly data: T | undefined;
  readonly answeredAt: number | undefined;
  readonly problem: Problem | undefined;
}

const longestPauseMs = 30_000;

/** A system that takes longer than this to answer is said not to answer; with the pause before, that is within ten seconds. */
const patienceMs = 4000;

/**
 * The API's answer to GET `path`; nothing is asked while `path` is null. With `refreshMs` it is asked again that long after each
 * answer, only while the page is visible, and more and more seldom while it fails.
 */
export function useAnswer<T>(path: string | null, refreshMs?: number): Answer<T> {
  const [held, setHeld] = useState<Held<T>>(() => heldAtFirst(path));
  const [round, setRound] = useState(0);

  // `round` is what asks again.
  useEffect(() => {
    if (path === null) return;
    return keepAsking(path, refreshMs, (outcome) => {
      const at = Date.now();
      if (typeof outcome === 'string') noteAnswer(path, { text: outcome, at });
      setHeld((before) => after(before, path, outcome, at));
    });
  }, [path, refreshMs, round]);

  return {
    data: held.data,
    answeredAt: held.answeredAt,
    problem: held.problem,
    isBehind: held.data !== undefined && held.path !== path,
    reload: () => setRound((n) => n + 1),
  };
}

/** What was answered to this path before, on a page that was left since. */
function heldAtFirst<T>(path: string | null): Held<T> {
  const seen = seenAnswer(path);
  if (path === null || seen === undefined)
    return { path: undefined, text: undefined, data: undefined, answeredAt: undefined, problem: undefined };
  return { path, text: seen.text, data: JSON.parse(seen.text), answeredAt: seen.at, problem: undefined };
}

function after<T>(before: Held<T>, path: string, outcome: string | Problem, answeredAt: number): Held<T> {
  if (outcome instanceof Problem) return { ...before, problem: outcome };
  // The same answer again is the same data, so that no chart is drawn again.
  const isSame = before.text === outcome && before.path === path;
  return { path, text: outcome, data: isSame ? before.data : JSON.parse(outcome), answeredAt, problem: undefined };
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
  let impatience: ReturnType<typeof setTimeout> | undefined;

  const ask = async (): Promise<void> => {
    isAsking = true;
    impatience = setTimeout(() => report(noAnswerWithin(patienceMs)), patienceMs);
    let pauseMs = refreshMs ?? 0;
    try {
      const text = await getText(path, controller.signal);
      failures = 0;
      if (!controller.signal.aborted) report(text);
    } catch (error) {
      if (controller.signal.aborted) return;
      failures += 1;
      const problem = problemFrom(error);
      pauseMs = Math.max(problem.retryAfterMs ?? 0, Math.min(pauseMs * 2 ** failures, longestPauseMs));
      report(problem);
    } finally {
      clearTimeout(impatience);
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
    clearTimeout(impatience);
    document.removeEventListener('visibilitychange', onVisibility);
  };
}
