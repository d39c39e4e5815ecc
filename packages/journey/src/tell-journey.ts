import { apply, isKnown } from './apply.ts';
import { newChanges } from './changes.ts';
import type { EventType, JourneyEvent } from './events.ts';
import { type Explanation, explainScore, journeyScore, type ScoredEvent } from './journey-score.ts';
import type { Verdict } from './moment-score.ts';
import { settle } from './settle.ts';
import { type CustomerState, initialState, type Measures } from './state.ts';
import { type JourneySummary, summariseJourney } from './views.ts';

/** One event of a journey and what it did to the score when it came. */
export interface TimelineEntry {
  readonly eventId: string;
  readonly source: string;
  readonly type: EventType;
  readonly at: number;
  readonly touchpoint: string | null;
  readonly channel: string | null;
  readonly outcome: string | null;
  readonly verdict: Verdict | null;
  /** Of the event itself; null where it is not scored. */
  readonly score: number | null;
  /** Of the journey, before and after the event came, in log order; what time alone did in between is not the event's. */
  readonly scoreBefore: number | null;
  readonly scoreAfter: number | null;
}

export interface JourneyView extends JourneySummary {
  readonly explanation: Explanation;
  /** By event time; events of the same millisecond keep log order. */
  readonly timeline: readonly TimelineEntry[];
}

/** Fold a customer's events, in log order, and settle to `now`; null if there are none. */
export function foldCustomer(
  measures: Measures,
  customerId: string,
  events: Iterable<JourneyEvent>,
  now: number,
): CustomerState | null {
  const state = initialState(customerId);
  const changes = newChanges();
  for (const event of events) apply(measures, state, event, changes);
  if (state.clock === null) return null;
  settle(measures, state, now, changes);
  return state;
}

/**
 * The whole story of one journey: `events` are all of its customer's, in log order; settled to `now`. Null if no event names the journey.
 */
export function tellJourney(
  measures: Measures,
  customerId: string,
  events: Iterable<JourneyEvent>,
  journeyId: string,
  now: number,
): JourneyView | null {
  const { policy } = measures;
  const state = initialState(customerId);
  const changes = newChanges();
  const scored: ScoredEvent[] = [];
  const timeline: TimelineEntry[] = [];
  const score = () => {
    const journey = state.journeys.get(journeyId);
    return journey === undefined ? null : journeyScore(policy, journey);
  };
  for (const event of events) {
    if (isKnown(state, event)) continue;
    // What fell due before the event is not the event's doing.
    settle(measures, state, event.time, changes);
    const scoreBefore = score();
    const { measured } = apply(measures, state, event, changes);
    if (event.data.journeyId !== journeyId) continue;
    const data = event.data as { touchpoint?: string; channel?: string; outcome?: string };
    const touchpoint = data.touchpoint ?? null;
    const { id: eventId, source, type, time: at } = event;
    if (measured !== null) scored.push({ eventId, source, touchpoint, at, ...measured });
    timeline.push({
      eventId,
      source,
      type,
      at,
      touchpoint,
      channel: data.channel ?? null,
      outcome: data.outcome ?? null,
      verdict: measured?.verdict ?? null,
      score: measured?.score ?? null,
      scoreBefore,
      scoreAfter: score(),
    });
  }
  const journey = state.journeys.get(journeyId);
  if (journey === undefined) return null;
  settle(measures, state, now, changes);
  timeline.sort((a, b) => a.at - b.at);
  return {
    ...summariseJourney(measures, state, journey),
    explanation: explainScore(policy, journey, scored),
    timeline,
  };
}
