import type { CustomerState, JourneyState, PromiseState, TrustChange } from './state.ts';

/** A fact, caused by an event or by time alone, that is announced to the outside. Times in ms. */
export type Announcement =
  | {
      readonly kind: 'promise-broken';
      readonly promiseId: string;
      readonly journeyId: string | null;
      readonly at: number;
    }
  | {
      readonly kind: 'journey-completed' | 'journey-abandoned';
      readonly journeyId: string;
      readonly journeyType: string;
      readonly at: number;
    }
  /** `ordinal` is the change's index in the customer's history, from 0. */
  | ({ readonly kind: 'trust-changed'; readonly ordinal: number } & TrustChange);

/** Collects the ids that applied events or a settling touched, and the announcements to make. */
export interface Changes {
  readonly journeys: Set<string>;
  readonly promises: Set<string>;
  readonly complaints: Set<string>;
  readonly announcements: Announcement[];
}

export function newChanges(): Changes {
  return { journeys: new Set(), promises: new Set(), complaints: new Set(), announcements: [] };
}

export function announceBrokenPromise(changes: Changes, promise: PromiseState): void {
  const { id, journeyId, dueAt } = promise;
  changes.announcements.push({ kind: 'promise-broken', promiseId: id, journeyId, at: dueAt });
}

export function announceEndedJourney(changes: Changes, journey: JourneyState): void {
  changes.announcements.push({
    kind: journey.status === 'completed' ? 'journey-completed' : 'journey-abandoned',
    journeyId: journey.id,
    journeyType: journey.type,
    at: journey.endedAt!,
  });
}

/** Call it right after the change was added to the customer's history. */
export function announceTrustChange(changes: Changes, state: CustomerState, change: TrustChange): void {
  changes.announcements.push({ kind: 'trust-changed', ordinal: state.history.length - 1, ...change });
}
