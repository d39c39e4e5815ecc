import { useEffect, useMemo, useRef, useState } from 'react';
import { getText, type Problem, problemFrom } from './api.ts';

interface Paged {
  readonly nextCursor?: string | null;
}

export interface Pages<T> {
  /** The first page, followed by those requested; all of one moment. */
  readonly pages: readonly T[];
  readonly hasMore: boolean;
  readonly isLoading: boolean;
  /** Why the last page could not be loaded. */
  readonly problem: Problem | undefined;
  readonly more: () => void;
}

/**
 * Loads further pages of an answer. Once a second page is requested, the first stays as it was
 * then, because the pages are parts of one answer; until then it is the latest one.
 * `path` must stay the same: a component for another answer needs another React key.
 */
export function usePages<T extends Paged>(path: string, first: T): Pages<T> {
  const [held, setHeld] = useState<readonly T[]>();
  const [isLoading, setIsLoading] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const leaving = useRef<AbortController>(undefined);
  useEffect(() => () => leaving.current?.abort(), []);

  const pages = useMemo(() => held ?? [first], [held, first]);
  const cursor = pages.at(-1)?.nextCursor ?? null;

  async function more(): Promise<void> {
    if (cursor === null || isLoading) return;
    const controller = new AbortController();
    leaving.current = controller;
    setIsLoading(true);
    setProblem(undefined);
    try {
      const separator = path.includes('?') ? '&' : '?';
      const text = await getText(`${path}${separator}cursor=${encodeURIComponent(cursor)}`, controller.signal);
      setHeld([...pages, JSON.parse(text) as T]);
    } catch (error) {
      if (controller.signal.aborted) return;
      setProblem(problemFrom(error));
    } finally {
      setIsLoading(false);
    }
  }

  return { pages, hasMore: cursor !== null, isLoading, problem, more: () => void more() };
}
