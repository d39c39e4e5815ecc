import type { Measures } from '@touchstone/journey';
import { type ProofChange, type ProvenTable, provenTables } from '@touchstone/read-models/encoding';
import { complaintRow, customerRow, journeyRow, promiseRow, trustChangeRow } from './customer-rows.ts';
import { shownState, type TrackedCustomer } from './tracked-customer.ts';

/** What the rows of one customer say that the tables show, each in 32 bits; see `row-proof.ts` of the read models. */
export interface SaidRows {
  customer: number | undefined;
  /** By id; absent while there is none, which is so of most customers. */
  journeys: Map<string, number> | undefined;
  promises: Map<string, number> | undefined;
  complaints: Map<string, number> | undefined;
  /** By ordinal, those that were not taken back. */
  readonly trustChanges: number[];
}

/** What a batch has changed so far about what rows say, by table. */
export type ProofTally = { readonly [Table in ProvenTable]: { rows: number; sum: number } };

export function newTally(): ProofTally {
  return Object.fromEntries(provenTables.map((table) => [table, { rows: 0, sum: 0 }])) as ProofTally;
}

/** What it counted, to go elsewhere; it counts from nothing again. */
export function takeTally(tally: ProofTally): ProofChange {
  const taken = Object.fromEntries(provenTables.map((table) => [table, { ...tally[table] }])) as ProofTally;
  for (const table of provenTables) Object.assign(tally[table], { rows: 0, sum: 0 });
  return taken;
}

export const noneSaid = (): SaidRows => ({
  customer: undefined,
  journeys: undefined,
  promises: undefined,
  complaints: undefined,
  trustChanges: [],
});

/** In the place of a row that said `before`, if there was one, there is one that says `now`. */
export function noteSaid(tally: { rows: number; sum: number }, before: number | undefined, now: number): void {
  if (before === undefined) tally.rows++;
  else tally.sum -= before;
  tally.sum += now;
}

export function noteTakenBack(tally: { rows: number; sum: number }, before: number | undefined): void {
  if (before === undefined) return;
  tally.rows--;
  tally.sum -= before;
}

/** What the tables show of a customer who stands as the log up to the checkpoint makes them: each row is a function of that, whenever it was written. */
export function saidOf(measures: Measures, customer: TrackedCustomer): SaidRows {
  const said = noneSaid();
  if (customer.state.clock === null) return said;
  const { version } = customer;
  const shown = shownState(measures, customer);
  const { state } = shown;
  said.customer = customerRow(measures, shown, customer.state.clock, version).proof;
  for (const [id, journey] of state.journeys) {
    said.journeys ??= new Map();
    said.journeys.set(id, journeyRow(measures, state, journey, version).proof);
  }
  for (const [id, promise] of state.promises) {
    said.promises ??= new Map();
    said.promises.set(id, promiseRow(state, promise, version).proof);
  }
  for (const [id, complaint] of state.complaints) {
    said.complaints ??= new Map();
    said.complaints.set(id, complaintRow(state, complaint, version).proof);
  }
  for (const [ordinal, change] of state.history.entries()) {
    said.trustChanges.push(trustChangeRow(state.customerId, ordinal, change, version).proof);
  }
  return said;
}
