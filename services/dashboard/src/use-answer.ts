import { useEffect, useState } from 'react';
import { noteAnswer, seenAnswer } from './answers-seen.ts';
import { getText, noAnswerWithin, Problem, problemFrom } from './api.ts';

export interface Answer<T> {
  /** The latest answer; it stays while a newer one is awaited or has failed. */
  readonly data: T | undefined;
  /** When `data` was received, ms by this device's clock. */
  readonly answeredAt: number | undefined;
  /** Why the latest request failed or is late; undefined again after the next success. */
  readonly problem: Problem | undefined;
  /** Whether the data belong to another request than the present one. */
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

/**
 * After this time the system counts as not answering; with the pause before it, that is within ten
 * seconds.
 */
const patienceMs = 4000;

/**
 * The API's answer to GET `path`; while `path` is null nothing is requested. With `refreshMs` the
 * request is repeated that long after each answer, only while the page is visible, and with
 * increasing pauses while it fails.
 */
export function useAnswer<T>(path: string | null, refreshMs?: number): Answer<T> {
  const [held, setHeld] = useState<Held<T>>(() => heldAtFirst(path));
  const [round, setRound] = useState(0);

  // A change of `round` repeats the request.
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

/** The answer that this path had on a page that the reader left. */
function heldAtFirst<T>(path: string | null): Held<T> {
  const seen = seenAnswer(path);
  if (path === null || seen === undefined)
    return { path: undefined, text: undefined, data: undefined, answeredAt: undefined, problem: undefined };
  return { path, text: seen.text, data: JSON.parse(seen.text), answeredAt: seen.at, problem: undefined };
}

function after<T>(before: Held<T>, path: string, outcome: string | Problem, answeredAt: number): Held<T> {
  if (outcome instanceof Problem) return { ...before, problem: outcome };
  // An equal answer keeps the same data object, so that no chart is redrawn.
  const isSame = before.text === outcome && before.path === path;
  return { path, text: outcome, data: isSame ? before.data : JSON.parse(outcome), answeredAt, problem: undefined };
}

/** Repeats the request until the returned function is called. */
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
