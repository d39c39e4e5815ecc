/**
 * The rows of the read model, as the projector makes them: plain values, each a pure function of the log. Times are ms since 1970,
 * positions are log positions, an absent text is '', an absent number is null. Column names are the same in snake_case.
 */

/** What a publisher said beside; numbers and booleans become text in the table. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

/** One published event, wide and immutable: written once, never changed. */
export interface MomentRow {
  readonly position: bigint;
  readonly recordedAt: number;
  readonly time: number;
  readonly eventId: string;
  readonly source: string;
  readonly type: string;
  readonly customerId: string;
  readonly journeyId: string;
  /** The type that the journey has (its first), not the one that this event names. */
  readonly journeyType: string;
  readonly touchpoint: string;
  readonly channel: string;
  /** `succeeded`, `failed`, `abandoned`; '' where the event is no moment. */
  readonly outcome: string;
  readonly cause: string;
  /** `exceeded`, `confirmed`, `failed`; '' where nothing is scored. */
  readonly verdict: string;
  readonly expectation: number | null;
  readonly perception: number | null;
  readonly score: number | null;
  readonly weight: number | null;
  readonly durationMs: number | null;
  readonly effort: number | null;
  readonly instrument: string;
  /** csat and ces on 1..5 as given, nps 0..10. */
  readonly feedbackScore: number | null;
  readonly promiseId: string;
  readonly complaintId: string;
  readonly dueAt: number | null;
  readonly amount: number | null;
  readonly currency: string;
  readonly actorId: string;
  readonly actorTeam: string;
  readonly actorSite: string;
  readonly attributes: Attributes;
}

/** A row that a later version of itself replaces. `version` is the position of the last event that it knows. */
interface Versioned {
  readonly version: bigint;
  readonly customerId: string;
}

/** `proof`: what the row says, in 32 bits, see `row-proof.ts`. */
interface Proven extends Versioned {
  readonly proof: number;
}

export interface JourneyRow extends Proven {
  readonly journeyId: string;
  readonly type: string;
  readonly status: 'open' | 'completed' | 'abandoned';
  readonly startedAt: number;
  readonly lastAt: number;
  readonly endedAt: number | null;
  readonly score: number | null;
  /** Satisfaction level of the score; '' without one. */
  readonly level: string;
  readonly moments: number;
  readonly failures: number;
  readonly brokenPromises: number;
  readonly promisesKeptLate: number;
  readonly openComplaints: number;
  /** Distinct, in order of first appearance in the log; of each of these three the first 256 names. */
  readonly touchpoints: readonly string[];
  readonly channels: readonly string[];
  /** Of all its events; of one key the last in the log. */
  readonly attributes: Attributes;
}

export interface CustomerRow extends Proven {
  readonly stage: 'none' | 'cognitive' | 'affective' | 'behavioural';
  /** When the stage was entered; null for a customer who never left `none`. */
  readonly since: number | null;
  /** S, 0..100; null before the first scored moment. */
  readonly satisfaction: number | null;
  readonly satisfiedMoments: number;
  readonly streak: number;
  readonly delights: number;
  readonly purchases: number;
  readonly incidents: number;
  readonly journeys: number;
  readonly moments: number;
  readonly firstAt: number;
  /** Greatest event time: the customer's own clock. */
  readonly lastAt: number;
  /** Attitude of loyalty (S ≥ 75 and ≥ 3 satisfied moments); the behaviour depends on now: see `nthLastPurchaseAt`. */
  readonly attitude: boolean;
  /** Satisfied (S ≥ 70): whether silent too long depends on now. */
  readonly satisfied: boolean;
  /** Time of the n-th last purchase, n = policy.loyalty.purchases: behaviour is loyal while it lies within the policy's days. */
  readonly nthLastPurchaseAt: number | null;
  /** Silence is measured from the later of these two. */
  readonly lastMomentAt: number | null;
  readonly lastPurchaseAt: number | null;
  /** Silence longer than this is too long for this customer; null in rows of earlier rules. */
  readonly silenceMs: number | null;
  /** The next instant at which something falls due with time alone that rows do not show; null if nothing will. */
  readonly nextDueAt: number | null;
  /** The earliest instant at which something fell due that rows show and that is not announced; null if all is. */
  readonly untoldAt: number | null;
}

export interface PromiseRow extends Proven {
  readonly promiseId: string;
  readonly journeyId: string;
  readonly journeyType: string;
  readonly touchpoint: string;
  readonly what: string;
  readonly madeAt: number;
  readonly dueAt: number;
  readonly state: 'open' | 'kept' | 'withdrawn' | 'broken' | 'kept-late';
  /** When it was kept or withdrawn, in event time. */
  readonly closedAt: number | null;
}

export interface ComplaintRow extends Proven {
  readonly complaintId: string;
  readonly journeyId: string;
  readonly journeyType: string;
  readonly touchpoint: string;
  readonly channel: string;
  readonly severity: string;
  readonly raisedAt: number;
  /** The first reply. */
  readonly answeredAt: number | null;
  readonly resolvedAt: number | null;
  readonly followedUpAt: number | null;
  readonly firstContact: boolean | null;
  /** On 1..5, of the resolution. */
  readonly satisfaction: number | null;
}

export interface TrustChangeRow extends Proven {
  /** 0, 1, 2 … within the customer's history. */
  readonly ordinal: number;
  readonly from: string;
  readonly to: string;
  readonly at: number;
  readonly because: string;
  /** S just before the move; null in rows of earlier rules. */
  readonly satisfaction: number | null;
  /** True: this entry of the history is no longer there (news from the past removed it). */
  readonly isDeleted: boolean;
}

/** An event that the fold could not take: set aside with its customer, while the others go on. `version` is its own position, or its last retry's. */
export interface ParkedRow extends Versioned {
  readonly position: bigint;
  readonly eventId: string;
  readonly source: string;
  readonly type: string;
  readonly error: string;
  /** Position of the retry that took it after all; 0 while it is set aside. */
  readonly retriedAt: bigint;
}

/** All rows that a range of the log makes, by table. */
export interface Rows {
  readonly moments: readonly MomentRow[];
  readonly journeys: readonly JourneyRow[];
  readonly customers: readonly CustomerRow[];
  readonly promises: readonly PromiseRow[];
  readonly complaints: readonly ComplaintRow[];
  readonly trustChanges: readonly TrustChangeRow[];
  readonly parked: readonly ParkedRow[];
}
