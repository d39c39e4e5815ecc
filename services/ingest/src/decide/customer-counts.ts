import { declarationOf } from '@touchstone/journey';

/** Contribution of an event to the customer's limited numbers. */
export interface Counted {
  readonly isPromise: boolean;
  /**
   * The journey in which the event counts as a moment (or an answer to a survey); null if there is
   * none.
   */
  readonly momentOf: string | null;
}

/** Numbers of events in a customer's stream; the store guarantees that none is in it twice. */
export interface CustomerCounts {
  events: number;
  promises: number;
  readonly moments: Map<string, number>;
}

export function noCounts(): CustomerCounts {
  return { events: 0, promises: 0, moments: new Map() };
}

export function addCounted(counts: CustomerCounts, { isPromise, momentOf }: Counted): void {
  counts.events++;
  if (isPromise) counts.promises++;
  if (momentOf !== null) counts.moments.set(momentOf, (counts.moments.get(momentOf) ?? 0) + 1);
}

/** Counts an event as the log holds it; an unreadable one counts as an event and nothing else. */
export function countedOf({ body }: { readonly body: string }): Counted {
  try {
    const { type, data } = JSON.parse(body) as {
      readonly type?: unknown;
      readonly data?: { readonly journeyId?: unknown };
    };
    const declared = typeof type === 'string' ? declarationOf(type) : undefined;
    const journeyId = declared?.measure !== undefined ? data?.journeyId : undefined;
    return {
      isPromise: declared?.isPromise === true,
      momentOf: typeof journeyId === 'string' ? journeyId : null,
    };
  } catch {
    return { isPromise: false, momentOf: null };
  }
}
