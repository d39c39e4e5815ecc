import { daysMs } from './instant.ts';
import type { Policy } from './policy.ts';
import { addTime, countFrom, dropTimesBefore, removeTime } from './sorted-times.ts';
import { type CustomerState, type PromiseState, promiseKey } from './state.ts';

/** Adds an incident and drops those too old ever to count again: the clock only moves forward. */
export function addIncident(policy: Policy, state: CustomerState, at: number): void {
  const { incidents } = state.trust;
  const from = countedFrom(policy, state);
  dropTimesBefore(incidents, from);
  if (at >= from) addTime(incidents, at);
}

/** A broken promise is an incident at its due date. */
export function addBreach(policy: Policy, state: CustomerState, promise: PromiseState): void {
  addIncident(policy, state, promise.dueAt);
  state.trust.breaches.add(promiseKey(promise));
}

/**
 * Removes the incident of a promise that was not broken after all, unless the relationship has
 * ended since and cleared it.
 */
export function takeBreachBack({ trust }: CustomerState, promise: PromiseState): void {
  // An incident too old to count may have been dropped already; then there is none at that time.
  if (trust.breaches.delete(promiseKey(promise))) removeTime(trust.incidents, promise.dueAt);
}

/** Number of incidents within the policy's days before the customer's clock. */
export function recentIncidents(policy: Policy, state: CustomerState): number {
  return countFrom(state.trust.incidents, countedFrom(policy, state));
}

/** Incidents count in (t - the policy's days, t], in whole ms. */
function countedFrom(policy: Policy, state: CustomerState): number {
  return state.clock! - daysMs(policy.trust.incidentDays) + 1;
}
