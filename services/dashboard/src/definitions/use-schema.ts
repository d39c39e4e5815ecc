import { useQuery } from '@tanstack/react-query';
import { type Problem, problemFrom } from '../data/ask.ts';

/** A fault of a definition and its place, in the words that the API answers with. */
export interface Fault {
  readonly path: string;
  readonly message: string;
}

type Check = (value: unknown) => readonly Fault[];

/** The service's own schema, loaded when somebody writes a definition; null until it is there. */
export function useCheck(): { readonly check: Check | null; readonly problem: Problem | undefined } {
  const { data = null, failureReason } = useQuery<Check>({
    queryKey: ['check of definitions'],
    queryFn: async () => (await import('./check-definition.ts')).faultsOf,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
  });
  return { check: data, problem: failureReason === null ? undefined : problemFrom(failureReason) };
}
