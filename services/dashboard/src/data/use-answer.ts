import { QueryClient, type UseQueryResult, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { askText, noAnswerWithin, Problem, problemFrom, readJson } from './ask.ts';
import { isSignedIn } from './session.ts';

/** Frequent enough to look live, rare enough that many open tabs are no load. */
export const REFRESH_MS = 5000;
/** Reports over long spans change slowly and cost more. */
export const REPORT_REFRESH_MS = 30_000;
/** Lists that people keep, and definitions, change now and then. */
export const SLOW_REFRESH_MS = 60_000;
/** While something is under way whose end somebody awaits. */
export const RUNNING_REFRESH_MS = 1000;

const LONGEST_PAUSE_MS = 30_000;
/** After this time without an answer the system counts as away. */
const PATIENCE_MS = 4000;

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // Tries again without end, with growing pauses, and shows the reason from the first on. Where
      // one must sign in, the page asks nothing until then.
      retry: (_, error) => !(error instanceof Problem && error.status === 401),
      retryDelay: (failures, error) =>
        Math.max(
          (error instanceof Problem && error.retryAfterMs) || 0,
          Math.min(REFRESH_MS * 2 ** (failures + 1), LONGEST_PAUSE_MS),
        ),
      refetchOnWindowFocus: 'always',
      networkMode: 'always',
      gcTime: 300_000,
    },
  },
});

/** One question to the API; a body makes it a POST. */
export interface Question {
  readonly path: string;
  readonly body?: object;
}

export interface Shown<T> {
  /** The latest answer; it stays while a newer one is awaited or has failed. */
  readonly data: T | undefined;
  /** When `data` was received, ms by this device's clock. */
  readonly answeredAt: number | undefined;
  /** Why the latest request failed or is late; undefined again after the next success. */
  readonly problem: Problem | undefined;
  /** Whether the data answer another question than the present one. */
  readonly isBehind: boolean;
  readonly reload: () => void;
}

/**
 * The API's answer to a question, asked again while the page is seen; null asks nothing. How soon
 * may depend on the answer, which is JSON unless it is `read` otherwise.
 */
export function useAnswer<T>(
  question: Question | string | null,
  refreshMs: number | ((latest: T | undefined) => number) = REFRESH_MS,
  read: (text: string) => T = readJson,
): Shown<T> {
  const { path, body } = typeof question === 'string' ? { path: question } : (question ?? { path: null });
  const query = useQuery<T, Error>({
    queryKey: [path, body],
    queryFn: async ({ signal }) => read(await askText(path ?? '', { signal, ...(body === undefined ? {} : { body }) })),
    enabled: path !== null,
    refetchInterval: ({ state }) => isSignedIn() && (typeof refreshMs === 'number' ? refreshMs : refreshMs(state.data)),
    staleTime: 1000,
  });
  const problem = useProblem(query);
  const latest = useLatest(query);
  return {
    data: query.data ?? latest?.data,
    answeredAt: query.data === undefined ? latest?.at : query.dataUpdatedAt,
    problem,
    isBehind: query.data === undefined && latest !== undefined,
    reload: () => void query.refetch({ cancelRefetch: true }),
  };
}

/** The answer to the question before, shown until the present one has its own. */
function useLatest<T>({ data, dataUpdatedAt: at }: UseQueryResult<T>): { data: T; at: number } | undefined {
  const [latest, setLatest] = useState<{ data: T; at: number }>();
  if (data !== undefined && (latest?.data !== data || latest.at !== at)) setLatest({ data, at });
  return latest;
}

/** Why there is no new answer: it failed, or it has been awaited for too long. */
function useProblem({ failureReason, isFetching, errorUpdatedAt, dataUpdatedAt }: UseQueryResult<unknown>) {
  const [isLate, setIsLate] = useState(false);
  useEffect(() => {
    setIsLate(false);
    if (!isFetching) return;
    const timer = setTimeout(() => setIsLate(true), PATIENCE_MS);
    return () => clearTimeout(timer);
    // Each attempt has its own patience.
  }, [isFetching, errorUpdatedAt, dataUpdatedAt]);
  if (failureReason !== null) return problemFrom(failureReason);
  return isLate ? noAnswerWithin(PATIENCE_MS) : undefined;
}
