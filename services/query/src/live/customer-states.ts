import type { LiveEffect } from '@touchstone/api';
import type { EventStore, StoredEvent } from '@touchstone/event-store';
import {
  apply,
  type CustomerState,
  customerStream,
  decodeEvent,
  initialState,
  type JourneyEvent,
  journeyScore,
  type MeasurementRules,
  newChanges,
} from '@touchstone/journey';
import { LRUCache } from 'lru-cache';

/** Folds customers along the log, and tells what each event did. */
export interface CustomerStates {
  /**
   * Takes the next published event of the log; null if it cannot be decoded. The customer's earlier
   * events are read from their stream, unless all of them were taken here.
   */
  take(customerId: string, stored: StoredEvent): Promise<Taken | null>;
  /** Events up to this position were left out. */
  jumpTo(position: bigint): void;
}

export interface Taken {
  readonly event: JourneyEvent;
  /** Null if it cannot be measured. */
  readonly did: LiveEffect;
}

interface Kept {
  readonly state: CustomerState;
  /** Position of the last event taken. */
  upTo: bigint;
  events: number;
}

/** Events of the customers that are kept; others are read from the log again. */
const EVENTS_KEPT = 200_000;

/** `after` is the position from which on every published event is passed. */
export function customerStates(
  { streamPages }: Pick<EventStore, 'streamPages'>,
  measuresNow: () => MeasurementRules,
  after: bigint,
): CustomerStates {
  const known = new LRUCache<string, Kept>({ max: EVENTS_KEPT / 20, maxSize: EVENTS_KEPT });
  let measures = measuresNow();
  let since = after;

  async function upToDate(customerId: string, position: bigint): Promise<Kept> {
    const before = known.get(customerId);
    if (before !== undefined && before.upTo >= since) return before;
    const kept = before ?? { state: initialState(customerId, false), upTo: 0n, events: 0 };
    // Each page is folded in a turn of its own, so that a long history keeps nobody waiting.
    for await (const page of streamPages(customerStream(customerId), { after: kept.upTo, upTo: position - 1n })) {
      for (const stored of page) takeOne(measures, kept, stored);
    }
    return kept;
  }

  return {
    async take(customerId, stored) {
      if (measures !== measuresNow()) {
        measures = measuresNow();
        known.clear();
      }
      const kept = await upToDate(customerId, stored.position);
      const taken = takeOne(measures, kept, stored);
      known.set(customerId, kept, { size: kept.events + 4 });
      return taken;
    },
    jumpTo(position) {
      since = position;
    },
  };
}

function takeOne(measures: MeasurementRules, kept: Kept, stored: StoredEvent): Taken | null {
  kept.upTo = stored.position;
  kept.events++;
  const event = decoded(stored);
  return event === null ? null : { event, did: effectOf(measures, kept.state, event) };
}

function decoded(stored: StoredEvent): JourneyEvent | null {
  try {
    return decodeEvent(stored);
  } catch {
    return null;
  }
}

/** An event that cannot be measured is left out, as the projector parks it. */
function effectOf(measures: MeasurementRules, state: CustomerState, event: JourneyEvent): LiveEffect {
  const { journeyId } = event.data as { readonly journeyId?: string };
  const journey = () => (journeyId === undefined ? undefined : state.journeys.get(journeyId));
  const scoreNow = () => {
    const there = journey();
    return there === undefined ? null : journeyScore(measures.policy, there);
  };
  const scoreBefore = scoreNow();
  const changes = newChanges();
  try {
    const { measured } = apply(measures, state, event, changes);
    return {
      journeyType: journey()?.type ?? null,
      verdict: measured?.verdict ?? null,
      score: measured?.score ?? null,
      scoreBefore,
      scoreAfter: scoreNow(),
      stageChanges: changes.announcements.flatMap((change) => {
        if (change.kind !== 'trust-changed') return [];
        const { from, to, at, because } = change;
        return [{ from, to, at, because }];
      }),
    };
  } catch {
    return null;
  }
}
