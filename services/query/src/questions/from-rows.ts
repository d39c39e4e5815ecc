import type { PointOfView } from '@touchstone/api';
import { EventStoreError } from '@touchstone/event-store';
import { type ShownJourney, shownCustomer, shownJourney } from '@touchstone/read-models';
import type { Asker } from '@touchstone/runtime';
import { readModelFor } from '../asker.ts';
import type { QueryDeps } from '../deps.ts';

/** What rows can say of one customer or journey while the log is away: how they stand now, and not how that came about. */

/** As `answer` says; where the log is away and now is asked for, as `fromRows` does. Throws what `answer` threw where rows have nothing. */
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

/** Null of a customer of whom there is no row. */
export async function customerFromRows(deps: QueryDeps, asker: Asker, customerId: string) {
  // With CLOCK=log the log alone knows what now is.
  const now = await deps.now();
  const { purchaseDays } = deps.measures().policy.loyalty;
  const marks = marksOf(deps);
  const shown = await shownCustomer(...readModelFor(deps, asker), { customerId, now, purchaseDays });
  if (shown === null) return null;
  const { customer, history, journeys } = shown;
  return { ...customer, history, journeys, ...marks(shown) };
}

/** Null of a journey of which there is no row. */
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

/** Asked before the rows are read, which are never behind it. */
function marksOf({ progress }: QueryDeps) {
  const projected = progress.projected();
  return ({ settledTo, parkedEvents }: Pick<ShownJourney, 'settledTo' | 'parkedEvents'>) => ({
    source: 'rows' as const,
    settledTo,
    projected,
    parkedEvents: parkedEvents || undefined,
  });
}
