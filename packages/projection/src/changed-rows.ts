import type { MeasurementRules, TrustChange } from '@touchstone/journey';
import type { CustomerRow } from '@touchstone/read-models';
import { complaintRow, customerRow, journeyRow, promiseRow, trustChangeRow } from './customer-rows.ts';
import type { RowSink, Touched } from './fold.ts';
import { noteSaid, noteTakenBack, type ProofTotals } from './said-rows.ts';
import { type Shown, shownState } from './tracked-customer.ts';

/**
 * Adds every row of the customer that the range may have changed, and returns their customer row.
 * Rows that ran ahead of the fold are repeated by settling; only an event can contradict them.
 */
export function addRows(measures: MeasurementRules, rows: RowSink, entry: Touched, totals: ProofTotals): CustomerRow {
  const { customer } = entry;
  const { version } = customer;
  const shown = shownState(measures, customer);
  const { state } = shown;
  const changed = changedOf(entry, shown);
  const said = customer.said!;
  const row = customerRow(measures, shown, customer.state.clock!, version);
  rows.customers.add(row);
  noteSaid(totals.customers, said.customer, row.proof);
  said.customer = row.proof;
  for (const id of changed.journeys) {
    const journey = state.journeys.get(id);
    if (journey === undefined) continue;
    const row = journeyRow(measures, state, journey, version);
    rows.journeys.add(row);
    said.journeys ??= new Map();
    noteSaid(totals.journeys, said.journeys.get(id), row.proof);
    said.journeys.set(id, row.proof);
  }
  for (const id of changed.promises) {
    const promise = state.promises.get(id);
    if (promise === undefined) continue;
    const row = promiseRow(state, promise, version);
    rows.promises.add(row);
    said.promises ??= new Map();
    noteSaid(totals.promises, said.promises.get(id), row.proof);
    said.promises.set(id, row.proof);
  }
  for (const id of changed.complaints) {
    const complaint = state.complaints.get(id);
    if (complaint === undefined) continue;
    const row = complaintRow(state, complaint, version);
    rows.complaints.add(row);
    said.complaints ??= new Map();
    noteSaid(totals.complaints, said.complaints.get(id), row.proof);
    said.complaints.set(id, row.proof);
  }
  addTrustChanges(rows, entry, shown, totals);
  return row;
}

type Changed = Readonly<Record<'complaints' | 'journeys' | 'promises', Iterable<string>>>;

/** Ids that the range changed; some may not exist, because a parked event may have named them. */
function changedOf({ changes, isRewritten }: Touched, { state, settled }: Shown): Changed {
  if (isRewritten) {
    const { journeys, promises, complaints } = state;
    return { journeys: journeys.keys(), promises: promises.keys(), complaints: complaints.keys() };
  }
  return {
    journeys: union(changes.journeys, settled?.journeys),
    promises: union(changes.promises, settled?.promises),
    complaints: changes.complaints,
  };
}

function union(first: Set<string>, second: ReadonlySet<string> | undefined): Set<string> {
  return second === undefined || second.size === 0 ? first : new Set([...first, ...second]);
}

/**
 * Adds the trust history from the first change that may differ from the rows shown, and marks
 * changes that are no longer in it as deleted.
 */
function addTrustChanges(
  rows: RowSink,
  { customer, isRewritten }: Touched,
  { state: { history, customerId } }: Shown,
  totals: ProofTotals,
): void {
  const { version, shownChanges } = customer;
  const said = customer.said!.trustChanges;
  let ordinal = isRewritten ? 0 : customer.keptChanges;
  for (; ordinal < history.length; ordinal++) {
    const row = trustChangeRow(customerId, ordinal, history[ordinal]!, version);
    rows.trustChanges.add(row);
    noteSaid(totals.trustChanges, said[ordinal], row.proof);
    said[ordinal] = row.proof;
  }
  for (; ordinal < shownChanges; ordinal++)
    rows.trustChanges.add(trustChangeRow(customerId, ordinal, GONE, version, true));
  for (ordinal = history.length; ordinal < said.length; ordinal++) noteTakenBack(totals.trustChanges, said[ordinal]);
  said.length = history.length;
  customer.shownChanges = history.length;
  customer.keptChanges = customer.state.history.length;
}

/** Placeholder of a deleted change, which no reader sees. */
const GONE: TrustChange = { from: 'none', to: 'none', at: 0, because: 'earned', satisfaction: 0 };
