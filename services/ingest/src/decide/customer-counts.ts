/** What an event adds to what there is of its customer, as far as that is limited. */
export interface Counted {
  readonly isPromise: boolean;
  /** The journey in which it is scored, as a moment or an answer to a survey; null for what is not, or in none. */
  readonly momentOf: string | null;
}

/** How much a customer's stream holds. Numbers of events: that none of them comes twice is the store's doing. */
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

/** Of an event as the log holds it; one that cannot be read is counted as an event and nothing else. */
export function countedOf({ body }: { readonly body: string }): Counted {
  try {
    const { type, data } = JSON.parse(body) as {
      readonly type?: unknown;
      readonly data?: { readonly journeyId?: unknown };
    };
    const isScored = type === 'touchstone.moment.recorded.v1' || type === 'touchstone.feedback.given.v1';
    const journeyId = isScored ? data?.journeyId : undefined;
    return {
      isPromise: type === 'touchstone.promise.made.v1',
      momentOf: typeof journeyId === 'string' ? journeyId : null,
    };
  } catch {
    return { isPromise: false, momentOf: null };
  }
}
