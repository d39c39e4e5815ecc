import { announceBrokenPromise, announceRetractedBreach, type Changes } from './changes.ts';
import { addDeadline, PROMISE_DUE } from './deadlines.ts';
import type { PromiseMade } from './event-types/promise-made.ts';
import { addBreach, takeBreachBack } from './incidents.ts';
import { parseInstant } from './instant.ts';
import type { Policy } from './policy.ts';
import { type CustomerState, type JourneyState, openingOf, type PromiseState, promiseKey } from './state.ts';

export function makePromise(
  state: CustomerState,
  event: { readonly time: number; readonly data: PromiseMade },
  journey: JourneyState | undefined,
  changes: Changes,
): void {
  const { promiseId, what, touchpoint } = event.data;
  if (state.promises.has(promiseId)) return;
  const dueAt = parseInstant(event.data.dueAt)!;
  const promise: PromiseState = {
    id: promiseId,
    isExpected: false,
    counts: true,
    journeyId: journey?.id ?? null,
    touchpoint: touchpoint ?? null,
    what: what ?? null,
    channel: null,
    opening: openingOf(event.data),
    madeAt: event.time,
    dueAt,
    state: 'open',
    closedAt: null,
  };
  state.promises.set(promiseId, promise);
  changes.promises.add(promiseId);
  const early = state.earlyClosings.get(promiseId);
  state.earlyClosings.delete(promiseId);
  if (early !== undefined && early.at <= dueAt) {
    promise.state = early.kind;
    promise.closedAt = early.at;
  } else {
    addDeadline(state.deadlines, { at: dueAt, kind: PROMISE_DUE, id: promiseId });
  }
}

/** Closes a published promise; a closing that comes before the promise is remembered. */
export function closePromiseOf(
  state: CustomerState,
  promiseId: string,
  kind: 'kept' | 'withdrawn',
  at: number,
  changes: Changes,
): void {
  const promise = state.promises.get(promiseId);
  if (promise !== undefined) closePromise(state, promise, kind, at, changes);
  else if (!state.earlyClosings.has(promiseId)) state.earlyClosings.set(promiseId, { kind, at });
}

export function closePromise(
  state: CustomerState,
  promise: PromiseState,
  kind: 'kept' | 'withdrawn',
  at: number,
  changes: Changes,
): void {
  if (promise.state === 'kept' || promise.state === 'withdrawn') return;
  changes.promises.add(promiseKey(promise));
  const journey = promise.journeyId === null ? undefined : state.journeys.get(promise.journeyId)!;
  if (journey !== undefined) changes.journeys.add(journey.id);
  if (promise.state === 'open') {
    promise.state = kind;
    promise.closedAt = at;
  } else if (at <= promise.dueAt) {
    // The promise was kept in time; only the event arrived late. Remove the recorded breach.
    takeBreachBack(state, promise);
    if (journey !== undefined && promise.counts) {
      journey.brokenPromises--;
      if (promise.state === 'kept-late') journey.promisesKeptLate--;
    }
    promise.state = kind;
    promise.closedAt = at;
    announceRetractedBreach(changes, promise);
  } else if (kind === 'kept' && promise.state === 'broken') {
    promise.state = 'kept-late';
    if (journey !== undefined && promise.counts) journey.promisesKeptLate++;
    promise.closedAt = at;
  }
}

/** The due time of an open promise has passed. */
export function breakPromise(policy: Policy, state: CustomerState, promise: PromiseState, changes: Changes): void {
  promise.state = 'broken';
  if (promise.counts) {
    addBreach(policy, state, promise);
    if (promise.journeyId !== null) {
      state.journeys.get(promise.journeyId)!.brokenPromises++;
      changes.journeys.add(promise.journeyId);
    }
  }
  changes.promises.add(promiseKey(promise));
  announceBrokenPromise(changes, promise);
}
