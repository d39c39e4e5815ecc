import type { PointOfView } from '@touchstone/api';
import { EventStoreError } from '@touchstone/event-store';
import { type ShownJourney, shownCustomer, shownJourney } from '@touchstone/read-models';
import type { Asker } from '@touchstone/runtime';
import { readModelFor } from '../asker.ts';
import type { QueryDeps } from '../deps.ts';

/**
 * Answers about one customer or journey from the read model while the log is unavailable: their
 * present state, without the explanation of how it came about.
 */

/**
 * Resolves to `answer`, or to `fromRows` if the log is unavailable and the view is of now. Throws
 * the error of `answer` if the rows have nothing either.
 */
export async function orFromRows<Answer, FromRows>(
  view: PointOfView,
  answer: () => Promise<Answer>,
  fromRows: () => Promise<FromRows | null>,
): Promise<Answer | FromRows> {
  try {
    return await answer();
  } catch (error) {
    const isOfNow = view.asOf === undefined && view.knownAt === undefined && view.cursor === undefined;
    const isAway = error instanceof EventStoreError && error.code === 'unavailable';
    const found = isOfNow && isAway ? await fromRows() : null;
    if (found === null) throw error;
    return found;
  }
}

/** Null if the customer has no row. */
export async function customerFromRows(deps: QueryDeps, asker: Asker, customerId: string) {
  // With CLOCK=log only the log knows now.
  const now = await deps.now();
  const { purchaseDays } = deps.measures().policy.loyalty;
  const marks = marksOf(deps);
  const shown = await shownCustomer(...readModelFor(deps, asker), { customerId, now, purchaseDays });
  if (shown === null) return null;
  const { customer, history, journeys } = shown;
  return { ...customer, history, journeys, ...marks(shown) };
}

/** Null if the journey has no row. */
export async function journeyFromRows(
  deps: QueryDeps,
  asker: Asker,
  { customerId, journeyId }: { readonly customerId: string; readonly journeyId: string },
) {
  const now = await deps.now();
  const marks = marksOf(deps);
  const shown = await shownJourney(...readModelFor(deps, asker), { customerId, journeyId, now });
  return shown === null ? null : { ...shown.journey, ...marks(shown) };
}

/** Reads the position before the rows, so that the rows are never behind it. */
function marksOf({ progress }: QueryDeps) {
  const projected = progress.projected();
  return ({ settledTo, parkedEvents, cut }: Pick<ShownJourney, 'settledTo' | 'parkedEvents' | 'cut'>) => ({
    source: 'rows' as const,
    settledTo,
    projected,
    parkedEvents: parkedEvents || undefined,
    historyCut: cut ?? undefined,
  });
}
