import type { MeasurementRules } from '@touchstone/journey';
import { type ProofChange, type ProvenTable, provenTables } from '@touchstone/read-models/encoding';
import { complaintRow, customerRow, journeyRow, promiseRow, trustChangeRow } from './customer-rows.ts';
import { shownState, type TrackedCustomer } from './tracked-customer.ts';

/**
 * Proofs of the rows of one customer that the tables show, 32 bits each; see `row-proof.ts` of the
 * read models.
 */
export interface SaidRows {
  customer: number | undefined;
  /** Proofs by id; undefined while there are none, as for most customers. */
  journeys: Map<string, number> | undefined;
  promises: Map<string, number> | undefined;
  complaints: Map<string, number> | undefined;
  /** Proofs by ordinal, without deleted changes. */
  readonly trustChanges: number[];
}

/** Change of the proofs that a batch has made so far, by table. */
export type ProofTotals = { readonly [Table in ProvenTable]: { rows: number; sum: number } };

export function noTotals(): ProofTotals {
  return Object.fromEntries(provenTables.map((table) => [table, { rows: 0, sum: 0 }])) as ProofTotals;
}

/** Returns the counted change and resets the counters. */
export function takeTotals(totals: ProofTotals): ProofChange {
  const taken = Object.fromEntries(provenTables.map((table) => [table, { ...totals[table] }])) as ProofTotals;
  for (const table of provenTables) Object.assign(totals[table], { rows: 0, sum: 0 });
  return taken;
}

export const noneSaid = (): SaidRows => ({
  customer: undefined,
  journeys: undefined,
  promises: undefined,
  complaints: undefined,
  trustChanges: [],
});

/** Records that a row with proof `now` replaces one with proof `before`, if there was one. */
export function noteSaid(totals: { rows: number; sum: number }, before: number | undefined, now: number): void {
  if (before === undefined) totals.rows++;
  else totals.sum -= before;
  totals.sum += now;
}

export function noteTakenBack(totals: { rows: number; sum: number }, before: number | undefined): void {
  if (before === undefined) return;
  totals.rows--;
  totals.sum -= before;
}

/**
 * Computes which rows the tables show of a customer, from their state at the checkpoint. Each row
 * is a function of that state, whenever it was written.
 */
export function saidOf(measures: MeasurementRules, customer: TrackedCustomer): SaidRows {
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
