import type { EventStore } from '@touchstone/event-store';
import {
  type CustomerState,
  foldCustomer,
  type Measures,
  newChanges,
  settle,
  settledToAfter,
  summariseJourney,
} from '@touchstone/journey';
import { foldStream } from '@touchstone/query';
import { type ClickHouse, type RowsOfCustomer, rowsOfCustomer, type Side } from '@touchstone/read-models';

/**
 * What a generation shows of a customer, held to the fold of the log: in words what is not as the log makes it; nothing if all is. Null if the
 * customer has moved on since the position, so that nothing can be said.
 */
export async function holdToLog(
  store: EventStore,
  clickhouse: ClickHouse,
  side: Side,
  measures: Measures,
  customerId: string,
): Promise<readonly string[] | null> {
  const rows = await rowsOfCustomer(clickhouse, side.generation, { customerId });
  if (rows.customer !== null && rows.customer.version > side.upTo) return null;
  const state = await stateUpTo(store, measures, customerId, side.upTo);
  const [shown, known] = [asShown(rows), state === null ? NOBODY : asKnown(measures, state)];
  return Object.keys(NOBODY).flatMap((what) => {
    const [found, expected] = [shown[what as keyof Shown], known[what as keyof Shown]];
    return found === expected ? [] : [`${what} ${shorten(found)}; the log makes them ${shorten(expected)}`];
  });
}

/** Settled to what is announced as due: what rows show. */
async function stateUpTo(
  store: EventStore,
  measures: Measures,
  customerId: string,
  upTo: bigint,
): Promise<CustomerState | null> {
  const [published, announced] = await Promise.all([
    store.readStream(`customer-${customerId}`, { upTo }),
    store.readStream(`changes-${customerId}`, { upTo }),
  ]);
  const state = foldStream(published, (events) => foldCustomer(measures, customerId, events, 0)).result;
  if (state === null) return null;
  // Once past what was announced, and once to the customer's own clock: what an event itself made overdue shows at once.
  settle(measures, state, Math.max(state.clock!, announced.reduce(settledToAfter, 0)), newChanges());
  return state;
}

/** Each kind of row as one text, so that whatever differs can be shown. */
interface Shown {
  readonly customer: string;
  readonly journeys: string;
  readonly promises: string;
  readonly complaints: string;
  readonly trustChanges: string;
}

const NOBODY: Shown = { customer: 'nobody', journeys: '[]', promises: '[]', complaints: '[]', trustChanges: '[]' };

function asShown({ customer, journeys, promises, complaints, trustChanges }: RowsOfCustomer): Shown {
  return {
    customer: customer === null ? NOBODY.customer : JSON.stringify({ ...customer, version: undefined }),
    journeys: JSON.stringify(journeys),
    promises: JSON.stringify(promises),
    complaints: JSON.stringify(complaints),
    trustChanges: JSON.stringify(trustChanges),
  };
}

function asKnown(measures: Measures, state: CustomerState): Shown {
  const { stage, satisfaction, satisfiedMoments, delights, purchases } = state.trust;
  const customer = { stage, satisfaction, satisfiedMoments, delights, purchases: purchases.size };
  const journeys = inOrder(state.journeys).map((each) => {
    const {
      id: journeyId,
      status,
      score,
      moments,
      failures,
      brokenPromises,
      openComplaints,
    } = summariseJourney(measures, state, each);
    return { journeyId, status, score, moments, failures, brokenPromises, openComplaints };
  });
  return {
    customer: JSON.stringify(customer),
    journeys: JSON.stringify(journeys),
    promises: JSON.stringify(inOrder(state.promises).map(({ id, state }) => ({ promiseId: id, state }))),
    complaints: JSON.stringify(
      inOrder(state.complaints).map(({ id, resolvedAt }) => ({ complaintId: id, resolvedAt })),
    ),
    trustChanges: JSON.stringify(state.history.map(({ from, to, because }) => ({ from, to, because }))),
  };
}

/** As ClickHouse orders texts: by their bytes. */
function inOrder<Value extends { readonly id: string }>(all: ReadonlyMap<string, Value>): readonly Value[] {
  return [...all.values()].sort((a, b) => Buffer.compare(Buffer.from(a.id), Buffer.from(b.id)));
}

function shorten(text: string): string {
  return text.length <= 300 ? text : `${text.slice(0, 300)}…`;
}
