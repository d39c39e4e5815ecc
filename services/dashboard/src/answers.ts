/**
 * What the API answers, as this page reads it. Not checked again here: page and API are served by one process and released as one,
 * and an answer of another shape ends in the error page rather than in a wrong figure.
 */

export type Stage = 'none' | 'cognitive' | 'affective' | 'behavioural';
export type JourneyStatus = 'open' | 'completed' | 'abandoned';
export type Verdict = 'exceeded' | 'confirmed' | 'failed';
export type PromiseState = 'open' | 'kept' | 'kept-late' | 'broken' | 'withdrawn';

/** ISO-8601, UTC. */
export type Instant = string;

export interface TrustChange {
  readonly from: Stage;
  readonly to: Stage;
  readonly at: Instant;
  readonly because: string;
  /** Just before the move; null in a list that an earlier version filled. */
  readonly satisfaction: number | null;
}

export interface Overview {
  /** The product's now: the wall clock, or the greatest event time of historical data. */
  readonly now: Instant;
  readonly customersByStage: Readonly<Record<Stage, number>>;
  /** `level` is '' for the journeys in which nothing is scored. */
  readonly journeysByLevel: readonly { readonly level: string; readonly journeys: number }[];
  readonly journeysByStatus: Readonly<Record<JourneyStatus, number>>;
  readonly promisesByState: Readonly<Record<PromiseState, number>>;
  readonly latestTrustChanges: readonly (TrustChange & { readonly customerId: string })[];
}

/** Of the constants in force, those that the pages explain answers by. Days and scores 0..100. */
export interface Policy {
  readonly trust: {
    readonly incidentDays: number;
    readonly behavioural: {
      readonly incidents: number;
      readonly lostBelow: number;
      readonly noPurchaseDays: number;
    };
  };
  readonly loyalty: {
    readonly satisfaction: number;
    readonly satisfiedMoments: number;
    readonly purchases: number;
    readonly purchaseDays: number;
  };
}

export interface FailureRate {
  readonly touchpoint: string;
  readonly channel?: string | null;
  readonly moments: number;
  readonly failures: number;
  /** 0..1, with its Wilson 95 % interval; null without moments. */
  readonly rate: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

export interface FailureRates {
  readonly rows: readonly FailureRate[];
}

export interface JourneySummary {
  readonly id: string;
  readonly type: string;
  readonly customerId: string;
  readonly status: JourneyStatus;
  readonly startedAt: Instant;
  readonly lastAt: Instant;
  readonly endedAt: Instant | null;
  readonly score: number | null;
  readonly level: string | null;
  readonly moments: number;
  readonly failures: number;
  /** Not kept in time, be it at all or late. */
  readonly brokenPromises: number;
  /** Of these: how many were kept late. */
  readonly promisesKeptLate: number;
  readonly openComplaints: number;
}

export interface JourneyList {
  readonly items: readonly JourneySummary[];
  readonly nextCursor: string | null;
}

export interface ExplainedMoment {
  readonly eventId: string;
  readonly touchpoint: string | null;
  /** Of scored feedback; null of a moment. */
  readonly instrument: string | null;
  readonly at: Instant;
  readonly expectation: number;
  readonly perception: number;
  readonly verdict: Verdict;
  readonly score: number;
  readonly weight: number;
  /** The effective weight: `share · score` is what the moment gives to the journey's score. */
  readonly share: number;
}

export interface Explanation {
  readonly moments: readonly ExplainedMoment[];
  /** Those of other pages, and what they give to the score together. */
  readonly otherMoments: { readonly count: number; readonly points: number };
  readonly adjustments: readonly { readonly kind: string; readonly points: number }[];
  readonly cap: number | null;
  readonly score: number | null;
}

export interface TimelineEntry {
  readonly eventId: string;
  readonly source: string;
  readonly type: string;
  readonly at: Instant;
  /** In which the entries took effect. */
  readonly order: number;
  /** It came about with time alone. */
  readonly isFallenDue: boolean;
  /** It came from outside of the journey. */
  readonly isOutside: boolean;
  readonly instrument?: string;
  readonly promiseId?: string;
  readonly complaintId?: string;
  readonly from?: Stage;
  readonly to?: Stage;
  readonly because?: string;
  readonly touchpoint: string | null;
  readonly channel: string | null;
  readonly outcome: string | null;
  readonly score: number | null;
  readonly verdict: Verdict | null;
  readonly scoreBefore: number | null;
  readonly scoreAfter: number | null;
}

/** Marks what rows answered because the log was away: what only the log has is not there. */
export interface FromRows {
  readonly source: 'rows';
  readonly settledTo: Instant;
  readonly parkedEvents?: number;
}

export type JourneyFromRows = JourneySummary & FromRows;

export interface Journey extends JourneySummary {
  readonly source?: undefined;
  readonly parkedEvents?: number;
  readonly explanation: Explanation;
  readonly timeline: readonly TimelineEntry[];
  /** How many there are on all pages. */
  readonly total: { readonly timeline: number };
  readonly nextCursor: string | null;
}

export interface MissingRequirement {
  readonly requirement: string;
  /** null: there is nothing to measure yet. */
  readonly have: number | null;
  readonly need: number;
  /** `at-most` and `below` are conditions that too much breaks; `at-least` unless it says otherwise. */
  readonly comparison?: 'at-least' | 'at-most' | 'below';
}

export type CustomerFromRows = Omit<Customer, 'source' | 'total' | 'next' | 'nextCursor'> & FromRows;

export interface Customer {
  readonly source?: undefined;
  readonly id: string;
  readonly stage: Stage;
  readonly since: Instant | null;
  readonly satisfaction: number | null;
  readonly satisfiedMoments: number;
  readonly delights: number;
  readonly purchases: number;
  readonly loyalty: 'true' | 'latent' | 'spurious' | 'none';
  readonly quietlyLeaving: boolean;
  /** Events of the customer that the system could not take; there only if there are any. */
  readonly parkedEvents?: number;
  readonly history: readonly TrustChange[];
  readonly journeys: readonly JourneySummary[];
  /** How many there are on all pages. */
  readonly total: { readonly history: number; readonly journeys: number };
  readonly nextCursor: string | null;
  readonly next: { readonly stage: Stage; readonly missing: readonly MissingRequirement[] } | null;
}

/** Positions are decimal text, counts are numbers; both are read with BigInt or Number where they are used. */
export interface Position {
  readonly log: string | number;
  readonly projected: string | number;
  readonly lagMs: number;
  readonly accepted: string | number;
  /** Gone from the log since they were accepted. */
  readonly cut?: string | number;
  readonly stored: string | number;
  readonly projectedEvents: string | number;
  readonly parked: string | number;
}

/** What the system says of itself; of one that is not ready the faults are in the problem document. */
export interface Readiness {
  readonly checks: readonly {
    readonly name: string;
    readonly status: 'ok' | 'failing';
    readonly message?: string;
  }[];
}
