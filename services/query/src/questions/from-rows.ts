import { EventStoreError } from '@touchstone/event-store';
import { formatInstant } from '@touchstone/journey';
import { shownCustomer, shownJourney } from '@touchstone/read-models';
import type { Asker } from '@touchstone/runtime';
import type { z } from 'zod';
import type * as answers from '../answers/answers.ts';
import { customerItem, journeyItem, parked, trustChange } from '../answers/as-answer.ts';
import { readModelFor } from '../asker.ts';
import type { QueryDeps } from '../deps.ts';
import type { PointOfView } from './customer-fold.ts';

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

export async function customerFromRows(
  deps: QueryDeps,
  asker: Asker,
  customerId: string,
): Promise<z.input<typeof answers.customerFromRows> | null> {
  // With CLOCK=log the log alone knows what now is.
  const now = await deps.now();
  const { purchaseDays } = deps.measures().policy.loyalty;
  const marks = marksOf(deps);
  const shown = await shownCustomer(...readModelFor(deps, asker), { customerId, now, purchaseDays });
  if (shown === null) return null;
  return {
    ...customerItem(shown.customer),
    history: shown.history.map(trustChange),
    journeys: shown.journeys.map(journeyItem),
    ...parked(shown.parkedEvents),
    ...marks(shown.settledTo),
  };
}

export async function journeyFromRows(
  deps: QueryDeps,
  asker: Asker,
  { customerId, journeyId }: { readonly customerId: string; readonly journeyId: string },
): Promise<z.input<typeof answers.journeyFromRows> | null> {
  const now = await deps.now();
  const marks = marksOf(deps);
  const shown = await shownJourney(...readModelFor(deps, asker), { customerId, journeyId, now });
  if (shown === null) return null;
  return { ...journeyItem(shown.journey), ...parked(shown.parkedEvents), ...marks(shown.settledTo) };
}

/** Asked before the rows are read, which are never behind it. */
function marksOf({ progress }: QueryDeps) {
  const projected = String(progress.projected());
  return (settledTo: number) => ({ source: 'rows' as const, settledTo: formatInstant(settledTo), projected });
}
