import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { ask, type Problem, problemFrom } from './ask.ts';
import type { Question } from './use-answer.ts';

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

const withCursor = ({ path, body }: Question, cursor: string | null): Question => {
  if (cursor === null) return { path, ...(body === undefined ? {} : { body }) };
  if (body !== undefined) return { path, body: { ...body, cursor } };
  return { path: `${path}${path.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(cursor)}` };
};

/**
 * Further pages of an answer whose first page is refreshed elsewhere. Once a second page is there,
 * the first stays as it was then, because both are parts of one answer.
 */
export function useFurther<T extends Paged>(path: string, first: T): Pages<T> {
  const [held, setHeld] = useState<{ path: string; first: T }>();
  const kept = held?.path === path ? held.first : undefined;
  const start = kept ?? first;
  const query = useInfiniteQuery({
    queryKey: ['further', path, kept?.nextCursor ?? null],
    queryFn: ({ pageParam, signal }) => ask<T>(withCursor({ path }, pageParam).path, { signal }),
    initialPageParam: start.nextCursor ?? null,
    getNextPageParam: (page) => page.nextCursor ?? null,
    enabled: kept !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
    retry: false,
  });
  const further = query.data?.pages;
  const pages = useMemo(() => [start, ...(further ?? [])], [start, further]);
  return {
    pages,
    hasMore: (pages.at(-1)?.nextCursor ?? null) !== null,
    isLoading: query.isFetching,
    problem: query.error === null ? undefined : problemFrom(query.error),
    more: () => {
      if (kept === undefined) setHeld({ path, first });
      else if (!query.isFetching) void query.fetchNextPage();
    },
  };
}

/** A list whose rows load while it is scrolled. */
export function useRows<Row>(question: Question) {
  const query = useInfiniteQuery({
    queryKey: ['rows', question.path, question.body],
    queryFn: ({ pageParam, signal }) => {
      const { path, body } = withCursor(question, pageParam);
      return ask<{ items: readonly Row[]; nextCursor: string | null }>(path, {
        signal,
        ...(body === undefined ? {} : { body }),
      });
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    // Rows must not move under the pointer; a list is read anew when it is opened or asked for.
    staleTime: 30_000,
    refetchOnWindowFocus: false,
  });
  const rows = useMemo(() => query.data?.pages.flatMap(({ items }) => items), [query.data]);
  return {
    rows,
    answeredAt: query.dataUpdatedAt === 0 ? undefined : query.dataUpdatedAt,
    hasMore: query.hasNextPage,
    isLoading: query.isFetching,
    problem: query.failureReason === null ? undefined : problemFrom(query.failureReason),
    more: () => {
      if (!query.isFetching) void query.fetchNextPage();
    },
    reload: () => void query.refetch({ cancelRefetch: true }),
  };
}
