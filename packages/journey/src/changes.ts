import type { CustomerState, JourneyState, MeasurementRules, PromiseState, TrustChange } from './state.ts';

/** A fact, caused by an event or by time alone, that is announced to the outside. Times in ms. */
export type Announcement =
  /** `expected`: the definition expects it, and nobody published the promise. */
  | {
      readonly kind: 'promise-broken';
      readonly promiseId: string;
      readonly journeyId: string | null;
      readonly expected?: true;
      readonly at: number;
    }
  /**
   * A breach is taken back, because only the news was late. `at` is the time at which the promise
   * was kept or withdrawn.
   */
  | {
      readonly kind: 'promise-broken-retracted';
      readonly promiseId: string;
      readonly journeyId: string | null;
      readonly expected?: true;
      readonly dueAt: number;
      readonly at: number;
    }
  /** Time has passed a deadline that is not announced; see `MeasurementRules.expectsSince`. */
  | { readonly kind: 'time-passed'; readonly at: number }
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
  changes.announcements.push({ kind: 'promise-broken', ...about(promise), at: promise.dueAt });
}

/** Call it after the promise was closed in time. */
export function announceRetractedBreach(changes: Changes, promise: PromiseState): void {
  changes.announcements.push(retractionOf(promise));
}

/** The retraction of a promise's breach, in case that the breach was announced. */
export function retractionOf(promise: PromiseState): Announcement {
  const { dueAt, closedAt } = promise;
  return { kind: 'promise-broken-retracted', ...about(promise), dueAt, at: closedAt! };
}

/**
 * Whether a breach lies in the past of the definition that expects the touchpoint, so that it is
 * listed, and not announced.
 */
export function isListedOnly({ expectsSince = 0 }: MeasurementRules, announcement: Announcement): boolean {
  return announcement.kind === 'promise-broken' && announcement.expected === true && announcement.at < expectsSince;
}

function about({ id, journeyId, isExpected }: PromiseState) {
  return { promiseId: id, journeyId, ...(isExpected && { expected: true as const }) };
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
