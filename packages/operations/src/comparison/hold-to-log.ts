import { type CustomerFolds, foldsHere, NOBODY, readKnownTime, type Shown } from '@touchstone/customer-folds';
import type { EventStore } from '@touchstone/event-store';
import { changesStream, type MeasurementRules, shownTo, standingCut } from '@touchstone/journey';
import { type ClickHouse, type RowsOfCustomer, rowsOfCustomer, type Side } from '@touchstone/read-models';

/** One part of a customer as the generation shows it and as the log makes it, each as JSON. */
export interface ShownOtherwise {
  readonly what: keyof Shown;
  readonly found: string;
  readonly expected: string;
}

/**
 * Compares what a generation shows of a customer with a fold of the log. Resolves to a sentence per
 * difference; null if the customer has moved on since the position, so that nothing can be said.
 */
export async function holdToLog(...asked: Parameters<typeof shownOtherwise>): Promise<readonly string[] | null> {
  const differing = await shownOtherwise(...asked);
  const inWords = ({ what, found, expected }: ShownOtherwise) =>
    `${what} ${shorten(found)}; the log makes them ${shorten(expected)}`;
  return differing === null ? null : differing.map(inWords);
}

/** Like {@link holdToLog}, but returns the differing parts themselves. */
export async function shownOtherwise(
  { store, folds = foldsHere }: { readonly store: EventStore; readonly folds?: CustomerFolds | undefined },
  clickhouse: ClickHouse,
  side: Side,
  measures: MeasurementRules,
  customerId: string,
): Promise<readonly ShownOtherwise[] | null> {
  const rows = await rowsOfCustomer(clickhouse, side.generation, customerId);
  if (rows.customer !== null && rows.customer.version > side.upTo) return null;
  const announced = await store.readStream(changesStream(customerId), { upTo: side.upTo });
  const range = { upTo: side.upTo, after: standingCut(announced)?.upTo };
  const now = shownTo(measures, await readKnownTime(store, measures, customerId, announced, range));
  const given = () => ({ measures, now });
  const { result: known } = await folds.fold(store, { task: 'shown', customerId, given, range });
  const shown = asShown(rows);
  return (Object.keys(NOBODY) as (keyof Shown)[]).flatMap((what) => {
    const [found, expected] = [shown[what], known[what]];
    return found === expected ? [] : [{ what, found, expected }];
  });
}

function asShown({ customer, journeys, promises, complaints, trustChanges }: RowsOfCustomer): Shown {
  return {
    customer: customer === null ? NOBODY.customer : JSON.stringify({ ...customer, version: undefined }),
    journeys: JSON.stringify(journeys),
    promises: JSON.stringify(promises),
    complaints: JSON.stringify(complaints),
    trustChanges: JSON.stringify(trustChanges),
  };
}

export function shorten(text: string): string {
  return text.length <= 300 ? text : `${text.slice(0, 300)}…`;
}
