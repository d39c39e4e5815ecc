import type { Changes } from './changes.ts';
import type { EventOf } from './events.ts';
import { parseInstant } from './instant.ts';
import type { CustomerState, JourneyState, PromiseState } from './state.ts';

export function makePromise(
  state: CustomerState,
  event: EventOf<'touchstone.promise.made.v1'>,
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
    state.openPromises.add(promiseId);
    state.dueFrom = Math.min(state.dueFrom, dueAt);
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
  if (promise.journeyId !== null) changes.journeys.add(promise.journeyId);
  if (promise.state === 'open') {
    state.openPromises.delete(promiseId);
    promise.state = kind;
    promise.closedAt = at;
  } else if (at <= promise.dueAt) {
    takeBreachBack(state, promise);
    promise.state = kind;
    promise.closedAt = at;
  } else if (kind === 'kept' && promise.state === 'broken') {
    promise.state = 'kept-late';
    promise.closedAt = at;
  }
}

/** The news was late, not the company. */
function takeBreachBack(state: CustomerState, promise: PromiseState): void {
  const index = state.trust.incidents.findIndex((incident) => incident.promiseId === promise.id);
  if (index >= 0) state.trust.incidents.splice(index, 1);
  if (promise.journeyId !== null) state.journeys.get(promise.journeyId)!.brokenPromises--;
}
