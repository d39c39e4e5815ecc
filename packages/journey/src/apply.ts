import { announceTrustChange, type Changes } from './changes.ts';
import type { Weighed } from './event-types/event-type.ts';
import { declarationOf } from './event-types/index.ts';
import type { JourneyEvent } from './events.ts';
import { touchJourney } from './journey-life.ts';
import type { MomentScore } from './moment-score.ts';
import { settle } from './settle.ts';
import type { CustomerState, MeasurementRules } from './state.ts';
import { evaluateStage } from './trust.ts';
import { weigh } from './weigh-event.ts';

export interface Applied {
  /** The event was applied before: nothing happened. */
  readonly isRepeat: boolean;
  /** The event's score; null if it has none. */
  readonly measured: MomentScore | null;
}

const REPEAT: Applied = { isRepeat: true, measured: null };
const UNSCORED: Applied = { isRepeat: false, measured: null };

/**
 * Applies the next event of the customer's log: settles to its time, applies it, evaluates the
 * trust stage once, and records in `changes` what it touched. Events come in log order, whatever
 * their times; `UnmeasurableEvent` is thrown before the state changes, so a caller may skip the
 * event and go on.
 */
export function apply(
  measures: MeasurementRules,
  state: CustomerState,
  event: JourneyEvent,
  changes: Changes,
): Applied {
  if (isKnown(state, event)) return REPEAT;
  return applyWeighed(measures, state, event, weigh(measures, state, event), changes);
}

/** Like {@link apply}, for an event that is known to be new and was weighed before. */
export function applyWeighed(
  measures: MeasurementRules,
  state: CustomerState,
  event: JourneyEvent,
  weighed: Weighed,
  changes: Changes,
): Applied {
  state.seen?.add(keyOf(event));
  settle(measures, state, event.time, changes);
  state.firstAt = state.firstAt === null ? event.time : Math.min(state.firstAt, event.time);
  const journey = touchJourney(measures, state, event, changes);
  declarationOf(event.type)!.apply(measures, state, event, journey, weighed, changes);
  const change = evaluateStage(measures.policy, state);
  if (change !== null) announceTrustChange(changes, state, change);
  return weighed.measured === null ? UNSCORED : { isRepeat: false, measured: weighed.measured };
}

/**
 * Whether an event with this source and id was applied before; always false for a state that does
 * not remember events.
 */
export function isKnown(state: CustomerState, event: JourneyEvent): boolean {
  return state.seen?.has(keyOf(event)) ?? false;
}

/** Source and id cannot contain a line break, so no two events share a key. */
function keyOf(event: JourneyEvent): string {
  return `${event.source}\n${event.id}`;
}
