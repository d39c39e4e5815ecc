import { touchpointOf } from './definitions.ts';
import type { Weighed } from './event-types/event-type.ts';
import { declarationOf } from './event-types/index.ts';
import type { JourneyEvent } from './events.ts';
import type { CustomerState, MeasurementRules } from './state.ts';

/** An event that cannot be scored. The state that was to apply it is unchanged. */
export class UnmeasurableEvent extends Error {
  override readonly name = 'UnmeasurableEvent';
}

/** The fields by which the definition of a scored event is found. */
interface MeasuredData {
  readonly journeyId?: string;
  readonly journeyType?: string;
  readonly touchpoint?: string;
}

const UNDEFINED: Weighed = { definition: undefined, touchpoint: undefined, measured: null };

/**
 * Scores an event before the state applies it, so that anything that can fail fails here. Throws
 * {@link UnmeasurableEvent}.
 */
export function weigh(measures: MeasurementRules, state: CustomerState, event: JourneyEvent): Weighed {
  const { measure } = declarationOf(event.type)!;
  if (measure === undefined) return UNDEFINED;
  const { policy, definitions } = measures;
  const { journeyId, journeyType, touchpoint: named } = event.data as MeasuredData;
  try {
    const type = journeyId === undefined ? undefined : (state.journeys.get(journeyId)?.type ?? journeyType);
    const definition = type === undefined ? undefined : definitions.get(type);
    const touchpoint = touchpointOf(definition, named);
    return { definition, touchpoint, measured: measure(policy, definition, touchpoint, event.data) };
  } catch (cause) {
    throw new UnmeasurableEvent(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}
