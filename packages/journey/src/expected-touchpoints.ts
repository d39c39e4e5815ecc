import type { Changes } from './changes.ts';
import { addDeadline, PROMISE_DUE } from './deadlines.ts';
import type { Definition, ExpectedTouchpoint } from './definitions.ts';
import { LATEST_EXCLUSIVE } from './instant.ts';
import type { Policy } from './policy.ts';
import { breakPromise, closePromise } from './promises.ts';
import { addTime, nextTime, noTimes } from './sorted-times.ts';
import {
  type CustomerState,
  EXPECTED_PROMISE,
  type JourneyState,
  type Opening,
  type PromiseState,
  promiseKey,
} from './state.ts';

/**
 * A definition's expected touchpoints are promises that nobody publishes, one per journey and pair
 * of touchpoints: each succeeded moment first arrives at a touchpoint, and then opens what is
 * expected after it.
 */

/** The id of the promise that a journey makes for an expected touchpoint. */
export function expectedPromiseId(
  journeyId: string,
  { after, touchpoint }: Pick<ExpectedTouchpoint, 'after' | 'touchpoint'>,
): string {
  return `${EXPECTED_PROMISE}${escaped(journeyId)}:${escaped(after)}:${escaped(touchpoint)}`;
}

const escaped = (text: string) => text.replaceAll('%', '%25').replaceAll(':', '%3A');

function keyOf(journey: JourneyState, expected: ExpectedTouchpoint): string {
  return promiseKey({ id: expectedPromiseId(journey.id, expected), isExpected: true });
}

/** A moment succeeded at a touchpoint that may be expected. */
export function arriveAt(
  state: CustomerState,
  journey: JourneyState,
  definition: Definition | undefined,
  { touchpoint, at }: { readonly touchpoint: string; readonly at: number },
  changes: Changes,
): void {
  let isAwaited = false;
  for (const expected of definition?.expects ?? []) {
    if (expected.touchpoint !== touchpoint) continue;
    const promise = state.promises.get(keyOf(journey, expected));
    if (promise === undefined) isAwaited = true;
    else if (at >= promise.madeAt) keepAt(state, promise, at, changes);
  }
  // A completed journey opens nothing any more.
  if (!isAwaited || journey.status !== 'open') return;
  journey.arrivals ??= new Map();
  const times = journey.arrivals.get(touchpoint) ?? noTimes();
  addTime(times, at);
  journey.arrivals.set(touchpoint, times);
}

function keepAt(state: CustomerState, promise: PromiseState, at: number, changes: Changes): void {
  if (promise.state === 'withdrawn' && at <= promise.dueAt) {
    promise.state = 'kept';
    promise.closedAt = at;
    changes.promises.add(promiseKey(promise));
    return;
  }
  closePromise(state, promise, 'kept', at, changes);
}

/** A succeeded moment after which others are expected. */
export interface OpeningMoment {
  readonly touchpoint: string;
  readonly at: number;
  readonly channel: string;
  /** Called for each promise that it opens. */
  readonly opening: () => Opening | null;
}

/** Opens what is expected after this touchpoint, once per journey and pair. */
export function openAfter(
  policy: Policy,
  state: CustomerState,
  journey: JourneyState,
  definition: Definition | undefined,
  moment: OpeningMoment,
  changes: Changes,
): void {
  if (journey.status !== 'open') return;
  const { touchpoint: after, at } = moment;
  for (const expected of definition?.expects ?? []) {
    if (expected.after !== after || state.promises.has(keyOf(journey, expected))) continue;
    const promise = open(state, journey, expected, moment, changes);
    const arrivedAt = arrivedFrom(state, journey, definition!, expected.touchpoint, at);
    if (arrivedAt === undefined) {
      addDeadline(state.deadlines, { at: promise.dueAt, kind: PROMISE_DUE, id: promiseKey(promise) });
      continue;
    }
    if (arrivedAt > promise.dueAt) breakPromise(policy, state, promise, changes);
    closePromise(state, promise, 'kept', arrivedAt, changes);
  }
}

function open(
  state: CustomerState,
  journey: JourneyState,
  { after, touchpoint, withinMs, counts = true }: ExpectedTouchpoint,
  { at, channel, opening }: OpeningMoment,
  changes: Changes,
): PromiseState {
  const promise: PromiseState = {
    id: expectedPromiseId(journey.id, { after, touchpoint }),
    isExpected: true,
    counts,
    journeyId: journey.id,
    touchpoint,
    what: `${touchpoint} expected`,
    channel,
    opening: opening(),
    madeAt: at,
    dueAt: Math.min(at + withinMs, LATEST_EXCLUSIVE - 1),
    state: 'open',
    closedAt: null,
  };
  const key = promiseKey(promise);
  state.promises.set(key, promise);
  changes.promises.add(key);
  return promise;
}

/**
 * The least arrival at or after `from`. Forgets the arrivals once every promise at the touchpoint
 * has been opened.
 */
function arrivedFrom(
  state: CustomerState,
  journey: JourneyState,
  { expects = [] }: Definition,
  touchpoint: string,
  from: number,
): number | undefined {
  const times = journey.arrivals?.get(touchpoint);
  if (times === undefined) return undefined;
  const isAwaited = (expected: ExpectedTouchpoint) =>
    expected.touchpoint === touchpoint && !state.promises.has(keyOf(journey, expected));
  if (!expects.some(isAwaited)) journey.arrivals!.delete(touchpoint);
  return nextTime(times, from);
}

/** A journey that ends withdraws what was still expected. */
export function withdrawExpected(
  state: CustomerState,
  journey: JourneyState,
  definition: Definition | undefined,
  at: number,
  changes: Changes,
): void {
  for (const expected of definition?.expects ?? []) {
    const promise = state.promises.get(keyOf(journey, expected));
    if (promise?.state === 'open') closePromise(state, promise, 'withdrawn', at, changes);
  }
}
