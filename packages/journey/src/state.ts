import type { Deadlines } from './deadlines.ts';
import type { Definitions } from './definitions.ts';
import type { Policy } from './policy.ts';
import { copyTimes, noTimes, type SortedTimes } from './sorted-times.ts';

/** The rules and settings that a fold computes with. */
export interface MeasurementRules {
  readonly policy: Policy;
  readonly definitions: Definitions;
  /**
   * The {@link RULES} of a read model that was filled under earlier ones; nothing is folded by them
   * any more.
   */
  readonly rules?: number;
  /**
   * If true, rows are settled at least to the recording time of their customer's newest event: used
   * where now is the wall clock. Otherwise they are settled only to what was announced.
   */
  readonly settlesToRecording?: true;
  /**
   * The time (ms) at which these definitions began to expect what they expect, if the log had a
   * history by then. Breaches of expected touchpoints due before it are listed, not announced.
   */
  readonly expectsSince?: number;
}

/**
 * Version of the rules by which this fold computes figures from events, policy and definitions;
 * increment it whenever equal input would give other figures. A read model that was filled under
 * earlier rules is refilled.
 *
 * * 2: quiet leaving depends on visits, `startedAt` is the least time of a journey's events, and a
 *   stage change carries S;
 * * 3: a journey keeps at most 256 touchpoints, channels and attributes, and its row counts the
 *   promises kept late;
 * * 4: rows are settled to the recording time of their customer's newest event, and say which
 *   deadlines are not announced yet;
 * * 5: each checkpoint carries a proof of the rows;
 * * 6: definitions make promises of their own (`expects`), and each promise's row says so;
 * * 7: rows of feedback have its comment, those of parked events the time of their retry;
 * * 8: rows keep what reports read: ratings, expectation and perception as given, recoveries,
 *   standing failures, who opened a promise or complaint, and the least time of all replies.
 */
export const RULES = 8;

/** The first rules under which rows hold all that reports read. */
const RULES_OF_REPORTS = 8;

/** Whether rows filled under these measures hold all that reports read. */
export function holdReports({ rules = RULES }: Pick<MeasurementRules, 'rules'>): boolean {
  return rules >= RULES_OF_REPORTS;
}

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
  /** Least and greatest time of its events, ms; an event that arrives late may move them. */
  startedAt: number;
  lastAt: number;
  endedAt: number | null;
  /** True if {@link CustomerState.deadlines} contains its abandonment. */
  isAwaited: boolean;
  moments: number;
  failures: number;
  /** Number of scored events: moments, and csat and ces feedback. */
  scored: number;
  weightSum: number;
  weightedScoreSum: number;
  peak: Marked | null;
  end: (Marked & { readonly at: number }) | null;
  /** Promises not kept in time: broken, or kept late. */
  brokenPromises: number;
  /** The number of those that were kept late. */
  promisesKeptLate: number;
  openComplaints: number;
  /**
   * Times of succeeded moments at touchpoints that the definition expects after others that have
   * not come yet, by touchpoint; null while there are none.
   */
  arrivals: Map<string, SortedTimes> | null;
  /** Unrecovered critical failures: touchpoint → the latest of their times. */
  readonly standing: Map<string, number>;
  /** The kept names, at most `NAMES_OF_JOURNEY_MAX` of each. */
  readonly touchpoints: Set<string>;
  readonly channels: Set<string>;
  readonly attributes: Map<string, string | number | boolean>;
}

/** The parts of an event that opens a promise or a complaint which tell who served the customer. */
export interface Opening {
  readonly team: string | null;
  readonly site: string | null;
  readonly attributes: ReadonlyMap<string, string | number | boolean>;
}

/** Null where the event tells nothing of it, as most do. */
export function openingOf({ actor, attributes }: EventContext): Opening | null {
  const { team = null, site = null } = actor ?? {};
  if (team === null && site === null && attributes === undefined) return null;
  return { team, site, attributes: new Map(Object.entries(attributes ?? {})) };
}

/** The parts of any event's data that say who served the customer, and what else is known. */
export interface EventContext {
  readonly actor?: { readonly team?: string | undefined; readonly site?: string | undefined } | undefined;
  readonly attributes?: Readonly<Record<string, string | number | boolean>> | undefined;
}

export interface PromiseState {
  readonly id: string;
  /** True if the definition expects it and nobody published it. */
  readonly isExpected: boolean;
  /** False if a breach costs no points and is no incident. */
  readonly counts: boolean;
  readonly journeyId: string | null;
  readonly touchpoint: string | null;
  readonly what: string | null;
  /** Channel of the moment that opened it; a published promise has none. */
  readonly channel: string | null;
  readonly opening: Opening | null;
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
  readonly opening: Opening | null;
  readonly raisedAt: number;
  /** Least time of all replies. */
  answeredAt: number | null;
  followedUpAt: number | null;
  resolvedAt: number | null;
  firstContact: boolean | null;
  /** Satisfaction on 1..5. */
  satisfaction: number | null;
  /** Satisfaction that the first follow-up with one tells, 1..5. */
  followUpSatisfaction: number | null;
}

/** Prefix of the ids of expected promises; publishers must not use it. */
export const EXPECTED_PROMISE = 'expected:';

/**
 * A promise's key among its customer's. An expected promise keeps apart from a published one with
 * the same id, which older logs may hold: no id has a line break, and keys sort like ids.
 */
export function promiseKey({ id, isExpected }: Pick<PromiseState, 'id' | 'isExpected'>): string {
  return isExpected ? `${id}\n` : id;
}

/** The first closing of a promise that arrived before the promise itself. */
export interface EarlyClosing {
  readonly kind: 'kept' | 'withdrawn';
  readonly at: number;
}

/**
 * Events of a complaint that arrived before the complaint itself: the first of each kind, and the
 * least time of its replies.
 */
export interface EarlyComplaintNews {
  answeredAt: number | null;
  followedUpAt: number | null;
  followUpSatisfaction: number | null;
  resolution: {
    readonly at: number;
    readonly satisfaction: number | null;
    readonly firstContact: boolean | null;
  } | null;
}

/** The facts that the trust stage depends on; cleared when the relationship ends. */
export interface TrustState {
  stage: Stage;
  /** Time of entering the stage; null for a customer who never left `none`. */
  since: number | null;
  /** S: exponentially smoothed satisfaction, 0..100; null before the first scored moment. */
  satisfaction: number | null;
  satisfiedMoments: number;
  streak: number;
  streakStart: number | null;
  delights: number;
  /** Latest time of a scored event. */
  lastMoment: number | null;
  /** Number of moments, without feedback. */
  moments: number;
  /** Times of the moments without a journey. */
  momentsAlone: SortedTimes;
  /** Times of the purchases. */
  purchases: SortedTimes;
  /** Times of the incidents that may still count. */
  incidents: SortedTimes;
  /** Keys of broken promises that count as incidents, so that they can be undone. */
  breaches: Set<string>;
}

/**
 * The state of one customer. A plain value that {@link apply} and {@link settle} change in place,
 * for speed: take a {@link copyState} first to keep the old state.
 */
export interface CustomerState {
  readonly customerId: string;
  /** The latest time reached; null before the first event. */
  clock: number | null;
  firstAt: number | null;
  /**
   * `source` and `id` of every applied event, so that a repeat changes nothing. Null if no event
   * comes twice: see {@link initialState}.
   */
  readonly seen: Set<string> | null;
  readonly journeys: Map<string, JourneyState>;
  /** `startedAt` of all journeys. */
  readonly journeyStarts: SortedTimes;
  /** The keys are those of {@link promiseKey}. */
  readonly promises: Map<string, PromiseState>;
  readonly complaints: Map<string, ComplaintState>;
  readonly earlyClosings: Map<string, EarlyClosing>;
  readonly earlyComplaintNews: Map<string, EarlyComplaintNews>;
  readonly trust: TrustState;
  readonly history: TrustChange[];
  /**
   * One entry for each open promise and each open journey, not later than its deadline. An event
   * may postpone a journey's deadline: the entry is corrected when it reaches the top, and removed
   * if the promise or journey was closed meanwhile.
   */
  readonly deadlines: Deadlines;
  /**
   * Open complaints by the time they were raised; resolved ones are removed when they reach the
   * top.
   */
  readonly complaintsByAge: Deadlines;
  openComplaints: number;
  /** Times of the unrecovered critical failures of all journeys. */
  readonly standing: SortedTimes;
  /** The latest moment by time, of equal times the later in the log; null before the first. */
  latestMoment: { readonly at: number; readonly team: string | null } | null;
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
 * The state of a customer without events. `mayRepeat`: whether the same event may be applied twice;
 * if true the state keeps the ids of applied events (a fifth of its size), so pass false if the
 * source guarantees uniqueness.
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
    latestMoment: null,
  };
}

/**
 * A copy that can be settled further without touching the original. It shares `seen` and
 * `arrivals`, so it must not take events.
 */
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

/** The state as JSON text; {@link restoreState} returns a state that continues identically. */
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
