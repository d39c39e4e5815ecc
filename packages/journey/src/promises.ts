import type { Changes } from './changes.ts';
import { addDeadline, PROMISE_DUE } from './deadlines.ts';
import type { PromiseMade } from './event-types/promise-made.ts';
import { takeBreachBack } from './incidents.ts';
import { parseInstant } from './instant.ts';
import type { CustomerState, JourneyState, PromiseState } from './state.ts';

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
    journeyId: journey?.id ?? null,
    touchpoint: touchpoint ?? null,
    what: what ?? null,
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

export function closePromise(
  state: CustomerState,
  promiseId: string,
  kind: 'kept' | 'withdrawn',
  at: number,
  changes: Changes,
): void {
  const promise = state.promises.get(promiseId);
  if (promise === undefined) {
    if (!state.earlyClosings.has(promiseId)) state.earlyClosings.set(promiseId, { kind, at });
    return;
  }
  if (promise.state === 'kept' || promise.state === 'withdrawn') return;
  changes.promises.add(promiseId);
  const journey = promise.journeyId === null ? undefined : state.journeys.get(promise.journeyId)!;
  if (journey !== undefined) changes.journeys.add(journey.id);
  if (promise.state === 'open') {
    promise.state = kind;
    promise.closedAt = at;
  } else if (at <= promise.dueAt) {
    // The promise was kept in time; only the event arrived late. Remove the recorded breach.
    takeBreachBack(state, promise);
    if (journey !== undefined) {
      journey.brokenPromises--;
      if (promise.state === 'kept-late') journey.promisesKeptLate--;
    }
    promise.state = kind;
    promise.closedAt = at;
  } else if (kind === 'kept' && promise.state === 'broken') {
    promise.state = 'kept-late';
    if (journey !== undefined) journey.promisesKeptLate++;
    promise.closedAt = at;
  }
}
