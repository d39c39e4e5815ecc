import { useQuery } from '@tanstack/react-query';
import { askLines, problemFrom } from './ask.ts';

/** An event as it was published. */
export interface PublishedEvent {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

const EVENTS_MAX = 5000;

/** The published events of a customer, at most {@link EVENTS_MAX} from the beginning. */
export function useEventsOf(customerId: string, isAsked = true) {
  const query = useQuery({
    queryKey: ['events', customerId],
    queryFn: ({ signal }) =>
      askLines<PublishedEvent>(`/v1/events?limit=${EVENTS_MAX}&customer=${encodeURIComponent(customerId)}`, { signal }),
    enabled: isAsked,
    staleTime: 30_000,
  });
  return {
    events: query.data,
    isCut: (query.data?.length ?? 0) >= EVENTS_MAX,
    problem: query.failureReason === null ? undefined : problemFrom(query.failureReason),
  };
}
