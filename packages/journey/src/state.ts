import type { Deadlines } from './deadlines.ts';
import type { Definitions } from './definitions.ts';
import type { Policy } from './policy.ts';
import { copyTimes, noTimes, type SortedTimes } from './sorted-times.ts';

/** What everything is measured with. */
export interface Measures {
  readonly policy: Policy;
  readonly definitions: Definitions;
  /** Of a read model that was filled under earlier {@link RULES}: which. Nothing is folded by them any more. */
  readonly rules?: number;
  /**
   * Rows are settled to when the newest event of their customer was recorded, at least: where now is the time of day. Else only to what was
   * announced.
   */
  readonly settlesToRecording?: true;
}

/**
 * The rules by which this fold makes figures of events, policy and definitions; one more whenever the same would give other figures. A read model
 * that was filled under earlier ones is filled anew.
 *
 * 2: quietly leaving goes by visits, `startedAt` is the least time of a journey's events, and a move between stages bears S.
 *
 * 3: of one journey no more than 256 touchpoints, channels and attributes are kept, and its row says how many of its promises were kept late.
 *
 * 4: rows are settled to when the newest event of their customer was recorded, and say what of that is not announced yet.
 *
 * 5: what rows say is proved with each checkpoint.
 */
export const RULES = 5;

export const stages = ['none', 'cognitive', 'affective', 'behavioural'] as const;
export type Stage = (typeof stages)[number];

export type TrustReason =
  | 'earned'
  | 'critical-failure'
  | 'satisfaction-low'
  | 'complaint-open'
  | 'incidents'
  | 'idle'
  | 'no-purchase'
  | 'relationship-ended';

export interface TrustChange {
  readonly from: Stage;
  readonly to: Stage;
  /** The customer's clock at the change, ms. */
  readonly at: number;
  readonly because: TrustReason;
  /** S just before the move, 0..100. */
  readonly satisfaction: number;
}

/** A score within a journey; `index` counts the journey's scored events from 0 in log order. */
interface Marked {
  readonly index: number;
  readonly score: number;
}

export interface JourneyState {
  readonly id: string;
  readonly type: string;
  status: 'open' | 'completed' | 'abandoned';
  /** Least and greatest time of its events, ms: late news moves them. */
  startedAt: number;
  lastAt: number;
  endedAt: number | null;
  /** Its abandonment is among the customer's {@link CustomerState.deadlines}. */
  isAwaited: boolean;
  moments: number;
  failures: number;
  /** Scored events: moments, and csat and ces feedback. */
  scored: number;
  weightSum: number;
  weightedScoreSum: number;
  peak: Marked | null;
  end: (Marked & { readonly at: number }) | null;
  /** Not kept in time, be it at all or late. */
  brokenPromises: number;
  /** Of these: how many were kept late. */
  promisesKeptLate: number;
  openComplaints: number;
  /** Standing critical failures: touchpoint → the greatest of their times. */
  readonly standing: Map<string, number>;
  /** As many names of each as are kept, see `NAMES_OF_JOURNEY_MAX`. */
  readonly touchpoints: Set<string>;
  readonly channels: Set<string>;
  readonly attributes: Map<string, string | number | boolean>;
}

export interface PromiseState {
  readonly id: string;
  readonly journeyId: string | null;
  readonly touchpoint: string | null;
  readonly what: string | null;
  readonly madeAt: number;
  readonly dueAt: number;
  state: 'open' | 'kept' | 'withdrawn' | 'broken' | 'kept-late';
  closedAt: number | null;
}

export interface ComplaintState {
  readonly id: string;
  readonly journeyId: string | null;
  readonly touchpoint: string | null;
  readonly channel: string | null;
  readonly severity: string | number | null;
  readonly raisedAt: number;
  answeredAt: number | null;
  followedUpAt: number | null;
  resolvedAt: number | null;
  firstContact: boolean | null;
  /** On 1..5. */
  satisfaction: number | null;
}

/** News of a promise that overtook its opening: the first closing. */
export interface EarlyClosing {
  readonly kind: 'kept' | 'withdrawn';
  readonly at: number;
}

/** News of a complaint that overtook its opening: the first of each kind. */
export interface EarlyComplaintNews {
  answeredAt: number | null;
  followedUpAt: number | null;
  resolution: {
    readonly at: number;
    readonly satisfaction: number | null;
    readonly firstContact: boolean | null;
  } | null;
}

/** What the trust stage rests on; cleared when the relationship ends. */
export interface TrustState {
  stage: Stage;
  /** When the stage was entered; null for who never left `none`. */
  since: number | null;
  /** S: exponentially smoothed satisfaction, 0..100; null before the first scored moment. */
  satisfaction: number | null;
  satisfiedMoments: number;
  streak: number;
  streakStart: number | null;
  delights: number;
  /** Greatest time of a scored event. */
  lastMoment: number | null;
  /** Moments (feedback is none). */
  moments: number;
  /** Times of those that belong to no journey. */
  momentsAlone: SortedTimes;
  /** Times of the purchases. */
  purchases: SortedTimes;
  /** Times of the incidents that may count. */
  incidents: SortedTimes;
  /** Ids of broken promises that are incidents, so that they can be undone. */
  breaches: Set<string>;
}

/**
 * All that is known of one customer. A plain value that {@link apply} and {@link settle} change in place, for speed: who needs the
 * state as it was takes a {@link copyState} first.
 */
export interface CustomerState {
  readonly customerId: string;
  /** The greatest time reached; null before the first event. */
  clock: number | null;
  firstAt: number | null;
  /** `source` and `id` of every event applied: a repeat changes nothing. Null where no event comes twice: see {@link initialState}. */
  readonly seen: Set<string> | null;
  readonly journeys: Map<string, JourneyState>;
  /** `startedAt` of all journeys. */
  readonly journeyStarts: SortedTimes;
  readonly promises: Map<string, PromiseState>;
  readonly complaints: Map<string, ComplaintState>;
  readonly earlyClosings: Map<string, EarlyClosing>;
  readonly earlyComplaintNews: Map<string, EarlyComplaintNews>;
  readonly trust: TrustState;
  readonly history: TrustChange[];
  /**
   * Of each open promise and each open journey: once, and not later than it falls due. News of a journey moves its deadline back, which is
   * seen to when this one comes up; whatever was closed meanwhile goes then.
   */
  readonly deadlines: Deadlines;
  /** Each open complaint, at the time when it was raised; resolved ones go as deadlines do. */
  readonly complaintsByAge: Deadlines;
  openComplaints: number;
  /** Times of the standing critical failures of all journeys. */
  readonly standing: SortedTimes;
}

export function initialTrust(): TrustState {
  return {
    stage: 'none',
    since: null,
    satisfaction: null,
    satisfiedMoments: 0,
    streak: 0,
    streakStart: null,
    delights: 0,
    lastMoment: null,
    moments: 0,
    momentsAlone: noTimes(),
    purchases: noTimes(),
    incidents: noTimes(),
    breaches: new Set(),
  };
}

/**
 * A customer of whom nothing is known yet. Who gives events of a log that holds none twice need not have them remembered, which is a fifth of a
 * state's size: `mayRepeat` is false then.
 */
export function initialState(customerId: string, mayRepeat = true): CustomerState {
  return {
    customerId,
    clock: null,
    firstAt: null,
    seen: mayRepeat ? new Set() : null,
    journeys: new Map(),
    journeyStarts: noTimes(),
    promises: new Map(),
    complaints: new Map(),
    earlyClosings: new Map(),
    earlyComplaintNews: new Map(),
    trust: initialTrust(),
    history: [],
    deadlines: [],
    complaintsByAge: [],
    openComplaints: 0,
    standing: noTimes(),
  };
}

/** A copy that can be settled further without touching the original. It shares `seen`, so it must not take events. */
export function copyState(state: CustomerState): CustomerState {
  return {
    ...state,
    journeys: copyEach(state.journeys, (journey) => ({ ...journey, standing: new Map(journey.standing) })),
    journeyStarts: copyTimes(state.journeyStarts),
    promises: copyEach(state.promises, (promise) => ({ ...promise })),
    complaints: copyEach(state.complaints, (complaint) => ({ ...complaint })),
    trust: {
      ...state.trust,
      momentsAlone: copyTimes(state.trust.momentsAlone),
      purchases: copyTimes(state.trust.purchases),
      incidents: copyTimes(state.trust.incidents),
      breaches: new Set(state.trust.breaches),
    },
    history: [...state.history],
    deadlines: [...state.deadlines],
    complaintsByAge: [...state.complaintsByAge],
    standing: copyTimes(state.standing),
  };
}

function copyEach<Value>(map: Map<string, Value>, copy: (value: Value) => Value): Map<string, Value> {
  const copies = new Map<string, Value>();
  for (const [id, value] of map) copies.set(id, copy(value));
  return copies;
}

/** The state as JSON text; {@link restoreState} gives back a state that goes on identically. */
export function serialiseState(state: CustomerState): string {
  return JSON.stringify(state, (_key, value: unknown) => {
    if (value instanceof Map) return { map: [...value] };
    if (value instanceof Set) return { set: [...value] };
    return value;
  });
}

export function restoreState(text: string): CustomerState {
  return JSON.parse(text, (_key, value: unknown) => {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
    if ('map' in value) return new Map(value.map as [string, unknown][]);
    if ('set' in value) return new Set(value.set as string[]);
    return value;
  }) as CustomerState;
}
