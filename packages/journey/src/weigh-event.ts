import { type Definition, type TouchpointDefinition, touchpointOf } from './definitions.ts';
import type { JourneyEvent } from './events.ts';
import { type Measured, measureFeedback, measureMoment } from './moment-score.ts';
import type { CustomerState, Measures } from './state.ts';

/** An event scored by its journey's definition, before it is applied. */
export interface Weighed {
  readonly definition: Definition | undefined;
  /** The definition's entry for the event's touchpoint. */
  readonly touchpoint: TouchpointDefinition | undefined;
  /** Null if the event has no score. */
  readonly measured: Measured | null;
}

/** An event that cannot be scored. The state that was to apply it is unchanged. */
export class UnmeasurableEvent extends Error {
  override readonly name = 'UnmeasurableEvent';
}

const UNDEFINED: Weighed = { definition: undefined, touchpoint: undefined, measured: null };

/**
 * Scores an event before the state applies it, so that anything that can fail fails here. Throws
 * {@link UnmeasurableEvent}.
 */
export function weigh(measures: Measures, state: CustomerState, event: JourneyEvent): Weighed {
  if (event.type !== 'touchstone.moment.recorded.v1' && event.type !== 'touchstone.feedback.given.v1') return UNDEFINED;
  const { policy, definitions } = measures;
  const { journeyId, journeyType } = event.data;
  try {
    const type = journeyId === undefined ? undefined : (state.journeys.get(journeyId)?.type ?? journeyType);
    const definition = type === undefined ? undefined : definitions.get(type);
    const touchpoint = touchpointOf(definition, event.data.touchpoint);
    const measured =
      event.type === 'touchstone.moment.recorded.v1'
        ? measureMoment(policy, definition, touchpoint, event.data)
        : measureFeedback(policy, definition, touchpoint, event.data);
    return { definition, touchpoint, measured };
  } catch (cause) {
    throw new UnmeasurableEvent(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}
