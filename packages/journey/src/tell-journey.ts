import { apply, applyWeighed, isKnown } from './apply.ts';
import { type Changes, newChanges } from './changes.ts';
import type { Weighed } from './event-types/event-type.ts';
import type { JourneyEvent } from './events.ts';
import { type Folding, foldAll, mapped } from './folding.ts';
import { type Explanation, explainScore, journeyScore, type ScoredEvent } from './journey-score.ts';
import { journeyOfDeadline, settle, settleNext } from './settle.ts';
import {
  type CustomerState,
  initialState,
  type JourneyState,
  type MeasurementRules,
  type PromiseState,
} from './state.ts';
import {
  entryOfChange,
  entryOfEvent,
  expectedPromiseOf,
  instrumentOf,
  type TimelineEntry,
  touchpointOfEvent,
} from './timeline-entry.ts';
import { type JourneySummary, summariseJourney } from './views.ts';
import { weigh } from './weigh-event.ts';
import { followCulprits, whatIf } from './what-if.ts';

export interface JourneyView extends JourneySummary {
  readonly explanation: Explanation;
  /**
   * Everything that happened in the journey or moved its score, and every change of the customer's
   * stage while it was open, ordered by time.
   */
  readonly timeline: readonly TimelineEntry[];
}

/** Folds a customer up to the last event; null without events. */
export function stateFolding(measures: MeasurementRules, customerId: string): Folding<CustomerState | null> {
  const state = initialState(customerId);
  const changes = newChanges();
  return {
    take: (event) => void apply(measures, state, event, changes),
    finish: () => (state.clock === null ? null : state),
  };
}

/** Folds a customer and settles to `now`; null without events. */
export function customerFolding(
  measures: MeasurementRules,
  customerId: string,
  now: number,
): Folding<CustomerState | null> {
  return mapped(stateFolding(measures, customerId), (state) => {
    if (state !== null) settle(measures, state, now, newChanges());
    return state;
  });
}

/** Folds a customer's events, in log order, and settles to `now`; null without events. */
export function foldCustomer(
  measures: MeasurementRules,
  customerId: string,
  events: Iterable<JourneyEvent>,
  now: number,
): CustomerState | null {
  return foldAll(customerFolding(measures, customerId, now), events);
}

/**
 * Tells one journey from all events of its customer, settled to `now`; null if no event names the
 * journey.
 */
export function journeyFolding(
  measures: MeasurementRules,
  customerId: string,
  journeyId: string,
  now: number,
): Folding<JourneyView | null> {
  const state = initialState(customerId);
  const scored: ScoredEvent[] = [];
  const teller = startTimeline(measures, state, journeyId);
  const failures = followCulprits();
  return {
    take(event) {
      if (isKnown(state, event)) return;
      const weighed = weigh(measures, state, event);
      teller.settleTo(event.time);
      const measured = teller.take(event, weighed);
      const journey = state.journeys.get(journeyId);
      if (journey !== undefined) failures.settle(journey);
      if (measured === null || event.data.journeyId !== journeyId) return;
      const { id: eventId, source, time: at } = event;
      const [touchpoint, instrument] = [touchpointOfEvent(event), instrumentOf(event)];
      if (isStanding(event, journey)) failures.add(touchpoint!, scored.length);
      scored.push({ eventId, source, touchpoint, instrument, at, ...measured });
    },
    finish() {
      const journey = state.journeys.get(journeyId);
      if (journey === undefined) return null;
      teller.settleTo(now);
      return {
        ...summariseJourney(measures, state, journey),
        explanation: {
          ...explainScore(measures.policy, journey, scored),
          whatIf: whatIf(measures.policy, state, journey, scored, failures.culprits),
        },
        timeline: teller.timeline(),
      };
    },
  };
}

/** Whether the event, just applied, is a failure that stands at its touchpoint. */
function isStanding(event: JourneyEvent, journey: JourneyState | undefined): boolean {
  if (event.type !== 'touchstone.moment.recorded.v1') return false;
  return event.data.outcome === 'failed' && journey?.standing.has(event.data.touchpoint) === true;
}

/**
 * The whole story of one journey: `events` are all of its customer's, in log order; settled to
 * `now`. Null if no event names the journey.
 */
export function tellJourney(
  measures: MeasurementRules,
  customerId: string,
  events: Iterable<JourneyEvent>,
  journeyId: string,
  now: number,
): JourneyView | null {
  return foldAll(journeyFolding(measures, customerId, journeyId, now), events);
}

/**
 * Follows a customer's history step by step, and records each step that belongs to this journey or
 * moved its score, and each stage change while it was open.
 */
function startTimeline(measures: MeasurementRules, state: CustomerState, journeyId: string) {
  const entries: TimelineEntry[] = [];
  const opened = new Map<TimelineEntry, readonly PromiseState[]>();
  const known = new Set<string>();
  const scoreNow = (): number | null => {
    const journey = state.journeys.get(journeyId);
    return journey === undefined ? null : journeyScore(measures.policy, journey);
  };
  const isOpen = () => state.journeys.get(journeyId)?.status === 'open';

  /**
   * Adds the announcements of one step: a breach or an end that fell due, and the stage change that
   * it caused.
   */
  function noteAnnounced(changes: Changes, step: Step): void {
    for (const announcement of changes.announcements) {
      if (announcement.kind === 'trust-changed') {
        if (!step.isOurs && !step.wasOpen && !isOpen()) continue;
        const score = scoreNow();
        entries.push(
          entryOfChange(state, announcement, { ...step, order: entries.length, before: score, after: score }),
        );
      } else if (step.isFallenDue && step.isOurs) {
        const { before } = step;
        entries.push(entryOfChange(state, announcement, { ...step, order: entries.length, before, after: scoreNow() }));
      }
    }
  }

  /** The promises that a step opened because the journey's definition expects them. */
  function newlyExpected(changes: Changes): readonly PromiseState[] {
    const promises: PromiseState[] = [];
    for (const key of changes.promises) {
      const promise = state.promises.get(key)!;
      if (!promise.isExpected || promise.journeyId !== journeyId || known.has(key)) continue;
      known.add(key);
      promises.push(promise);
    }
    return promises;
  }

  return {
    /** Call it last: it tells of expected promises as they stand now. */
    timeline(): readonly TimelineEntry[] {
      const told = entries.map((entry) => {
        const promises = opened.get(entry);
        return promises === undefined ? entry : { ...entry, expects: promises.map(expectedPromiseOf) };
      });
      return told.sort((a, b) => a.at - b.at);
    },
    settleTo(time: number): void {
      for (;;) {
        const changes = newChanges();
        const [before, wasOpen] = [scoreNow(), isOpen()];
        const deadline = settleNext(measures, state, time, changes);
        if (deadline === null) return;
        const isOurs = journeyOfDeadline(state, deadline) === journeyId;
        noteAnnounced(changes, { before, wasOpen, isOurs, isFallenDue: true });
      }
    },
    /**
     * The state must be settled to the event's time already. Returns the event's score, if it has
     * one.
     */
    take(event: JourneyEvent, weighed: Weighed) {
      const changes = newChanges();
      const [before, wasOpen] = [scoreNow(), isOpen()];
      const { measured } = applyWeighed(measures, state, event, weighed, changes);
      // An event about a promise or complaint affects the journey that opened it, whichever journey
      // the event names.
      const isOurs = changes.journeys.has(journeyId);
      if (isOurs) {
        const isOutside = event.data.journeyId !== journeyId;
        const step = { order: entries.length, before, after: scoreNow(), isOutside };
        const entry = entryOfEvent(event, isOutside ? null : measured, step);
        entries.push(entry);
        const expected = newlyExpected(changes);
        if (expected.length > 0) opened.set(entry, expected);
      }
      noteAnnounced(changes, { before, wasOpen, isOurs, isFallenDue: false });
      return measured;
    },
  };
}

interface Step {
  /** The journey's score before the step. */
  readonly before: number | null;
  readonly wasOpen: boolean;
  /** True if the step belongs to this journey. */
  readonly isOurs: boolean;
  readonly isFallenDue: boolean;
}
