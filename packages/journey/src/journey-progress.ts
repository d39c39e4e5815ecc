import { apply } from './apply.ts';
import { newChanges } from './changes.ts';
import { type Definition, touchpointOf } from './definitions.ts';
import type { JourneyEvent } from './events.ts';
import type { Folding } from './folding.ts';
import { settle } from './settle.ts';
import {
  type CustomerState,
  initialState,
  type JourneyState,
  type MeasurementRules,
  type PromiseState,
} from './state.ts';

/** One step of a journey, in the words that a customer may read; times in ms. */
export interface ProgressStep {
  readonly title: string;
  readonly state: 'done' | 'next' | 'later';
  /** Null unless it is done. */
  readonly doneAt: number | null;
  /** The promised time of a step that is not done; null if nobody promised one. */
  readonly dueAt: number | null;
  /** True if the promised time has passed. */
  readonly isLate: boolean;
}

/**
 * How far a journey has come. It holds titles of the definition, states and times, and nothing
 * else: no ids, scores, attributes or names of touchpoints.
 */
export interface JourneyProgress {
  readonly title: string | null;
  readonly status: JourneyState['status'];
  readonly endedAt: number | null;
  /** Those that have a title, in the definition's order. */
  readonly steps: readonly ProgressStep[];
}

/** The progress of one journey of a customer, settled to `now`; null if no event names it. */
export function progressFolding(
  measures: MeasurementRules,
  customerId: string,
  journeyId: string,
  now: number,
): Folding<JourneyProgress | null> {
  const state = initialState(customerId);
  const changes = newChanges();
  const done = new Map<string, number>();
  return {
    take(event) {
      const { isRepeat } = apply(measures, state, event, changes);
      const touchpoint = isRepeat ? null : succeededAt(event, journeyId);
      if (touchpoint !== null) done.set(touchpoint, Math.max(event.time, done.get(touchpoint) ?? event.time));
    },
    finish() {
      const journey = state.journeys.get(journeyId);
      if (journey === undefined) return null;
      settle(measures, state, now, changes);
      const { status, endedAt, type } = journey;
      const definition = measures.definitions.get(type);
      const steps = stepsOf(definition, done, outstandingIn(state, journeyId));
      const shown = status === 'open' ? withNext(steps) : steps.filter((step) => step.state === 'done');
      return { title: definition?.title ?? null, status, endedAt, steps: shown };
    },
  };
}

function succeededAt({ type, data }: JourneyEvent, journeyId: string): string | null {
  if (type !== 'touchstone.moment.recorded.v1' || data.journeyId !== journeyId) return null;
  return data.outcome === 'succeeded' ? data.touchpoint : null;
}

/** The earliest promise that is still owed at each touchpoint of the journey. */
function outstandingIn(state: CustomerState, journeyId: string): ReadonlyMap<string, PromiseState> {
  const owed = new Map<string, PromiseState>();
  for (const promise of state.promises.values()) {
    const { touchpoint, dueAt } = promise;
    if (promise.journeyId !== journeyId || touchpoint === null) continue;
    if (promise.state !== 'open' && promise.state !== 'broken') continue;
    if (dueAt < (owed.get(touchpoint)?.dueAt ?? Number.POSITIVE_INFINITY)) owed.set(touchpoint, promise);
  }
  return owed;
}

function stepsOf(
  definition: Definition | undefined,
  done: ReadonlyMap<string, number>,
  owed: ReadonlyMap<string, PromiseState>,
): readonly ProgressStep[] {
  const named = definition?.steps ?? withoutOrder(definition, done, owed);
  return [...new Set(named)].flatMap((touchpoint): readonly ProgressStep[] => {
    const title = touchpointOf(definition, touchpoint)?.title;
    if (title === undefined || title.trim() === '') return [];
    const promise = owed.get(touchpoint);
    const doneAt = done.get(touchpoint);
    // A promise made after the step succeeded says that it is owed once more.
    if (doneAt !== undefined && (promise === undefined || promise.madeAt <= doneAt)) {
      return [{ title, state: 'done', doneAt, dueAt: null, isLate: false }];
    }
    const [dueAt, isLate] = [promise?.dueAt ?? null, promise?.state === 'broken'];
    return [{ title, state: 'later', doneAt: null, dueAt, isLate }];
  });
}

/** Without `steps` nobody says what comes next: what was done, then what is promised, by time. */
function withoutOrder(
  definition: Definition | undefined,
  done: ReadonlyMap<string, number>,
  owed: ReadonlyMap<string, PromiseState>,
): readonly string[] {
  const timeOf = (touchpoint: string) => owed.get(touchpoint)?.dueAt ?? done.get(touchpoint)!;
  return Object.keys(definition?.touchpoints ?? {})
    .filter((touchpoint) => done.has(touchpoint) || owed.has(touchpoint))
    .sort((a, b) => Number(owed.has(a)) - Number(owed.has(b)) || timeOf(a) - timeOf(b));
}

/** The next step is the first after the last that is done, else the first passed over. */
function withNext(steps: readonly ProgressStep[]): readonly ProgressStep[] {
  const last = steps.findLastIndex(({ state }) => state === 'done');
  const isOpen = ({ state }: ProgressStep) => state === 'later';
  const next = steps.slice(last + 1).find(isOpen) ?? steps.find(isOpen);
  return steps.map((step) => (step === next ? { ...step, state: 'next' } : step));
}
