/** The words of the API, each list once. They need no zod, so that the page can import them. */

/** Trust stages, from the lowest. */
export const stages = ['none', 'cognitive', 'affective', 'behavioural'] as const;
export type Stage = (typeof stages)[number];

/** Kinds of loyalty: attitude and behaviour, one of them, or neither. */
export const loyalties = ['true', 'latent', 'spurious', 'none'] as const;
export type Loyalty = (typeof loyalties)[number];

export const journeyStatuses = ['open', 'completed', 'abandoned'] as const;
export type JourneyStatus = (typeof journeyStatuses)[number];

/** A moment against its expectation: above, as, below. */
export const verdicts = ['exceeded', 'confirmed', 'failed'] as const;
export type Verdict = (typeof verdicts)[number];

/** Levels of satisfaction, from the best. */
export const levels = [
  'very-satisfied',
  'satisfied',
  'fairly-satisfied',
  'neutral',
  'slightly-dissatisfied',
  'dissatisfied',
  'very-dissatisfied',
] as const;
export type Level = (typeof levels)[number];

export const promiseStates = ['open', 'kept', 'withdrawn', 'broken', 'kept-late'] as const;
export type PromiseState = (typeof promiseStates)[number];

/** Open until it is resolved. */
export const complaintStates = ['open', 'resolved'] as const;
export type ComplaintState = (typeof complaintStates)[number];

/** Adjustments that lower a journey's score. */
export const adjustmentKinds = ['broken-promises', 'open-complaints'] as const;
export type AdjustmentKind = (typeof adjustmentKinds)[number];

/** Instruments of feedback that is scored. */
export const scoredInstruments = ['csat', 'ces'] as const;
export type ScoredInstrument = (typeof scoredInstruments)[number];

/** How a requirement of a trust stage compares what there is with what is needed. */
export const requirementComparisons = ['at-least', 'at-most', 'below'] as const;
export type RequirementComparison = (typeof requirementComparisons)[number];

/** How a case may deviate from the steps of its definition. */
export const deviationKinds = ['unexpected', 'repeated', 'missing', 'out-of-order'] as const;
export type DeviationKind = (typeof deviationKinds)[number];

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** Rows that `GET /v1/export/…` gives whole. */
export const exportNames = ['journeys', 'moments', 'customers', 'promises', 'complaints', 'trust-changes'] as const;
export type ExportName = (typeof exportNames)[number];

/** Lengths, ms, of the buckets that begin at whole multiples since 1970. */
export const bucketsMs = {
  '1m': MINUTE_MS,
  '5m': 5 * MINUTE_MS,
  '15m': 15 * MINUTE_MS,
  '1h': HOUR_MS,
  '6h': 6 * HOUR_MS,
  '1d': DAY_MS,
} as const;
/** Those, and weeks from Monday and months; days, weeks and months may be those of a time zone. */
export type BucketLength = keyof typeof bucketsMs | '1w' | '1M';
export const bucketLengths = [
  '1m',
  '5m',
  '15m',
  '1h',
  '6h',
  '1d',
  '1w',
  '1M',
] as const satisfies readonly BucketLength[];

/** Dimensions that split feedback, besides its instrument and `attribute.<name>`. */
export const feedbackDimensions = ['touchpoint', 'journeyType', 'actorTeam', 'actorSite'] as const;

/** Dimensions that split failure rates, besides `attribute.<name>`. */
export const dimensions = [
  'touchpoint',
  'channel',
  'journeyType',
  'source',
  'cause',
  'actorTeam',
  'actorSite',
] as const;
export type Dimension = (typeof dimensions)[number] | `attribute.${string}`;

/** The end of a clock's leap: it went back, it stayed, or its announcements were withdrawn. */
export const leapOutcomes = ['returned', 'believed', 'withdrawn'] as const;
export type LeapOutcome = (typeof leapOutcomes)[number];

/** A definition's version: used now, used from the next rebuild, or replaced. */
export const definitionStates = ['in-force', 'waiting', 'past'] as const;
export type DefinitionState = (typeof definitionStates)[number];

/** Scopes of a key; `admin` allows the others too. */
export const scopes = ['publish', 'read', 'admin'] as const;
export type Scope = (typeof scopes)[number];

/** Severities of alerts, the most urgent first. */
export const severities = ['page', 'ticket'] as const;
export type Severity = (typeof severities)[number];

/** Alerts of objectives, of heartbeats and of watches. */
export const alertKinds = ['burn-rate', 'silence', 'stage-losses'] as const;
export type AlertKind = (typeof alertKinds)[number];

export const alertStates = ['firing', 'ended'] as const;
export type AlertState = (typeof alertStates)[number];

/** Forms in which a target gets alerts: as CloudEvents, signed, or as a text for a chat. */
export const targetKinds = ['webhook', 'slack'] as const;
export type TargetKind = (typeof targetKinds)[number];

export const heartbeatStates = ['unknown', 'alive', 'silent'] as const;
export type HeartbeatState = (typeof heartbeatStates)[number];
/** Why a customer needs somebody, the most urgent first. */
export const worklistReasons = [
  'critical-failure',
  'complaint-open',
  'promise-broken',
  'stage-lost',
  'quietly-leaving',
  'silent',
  'complaint-old',
] as const;
export type WorklistReason = (typeof worklistReasons)[number];

/** States that people give to a customer of the worklist. */
export const worklistStates = ['open', 'taken', 'snoozed', 'done'] as const;
export type WorklistState = (typeof worklistStates)[number];

/** Tiers of customers by what they bought: A brings four fifths, B up to 95 %, C the rest. */
export const customerTierNames = ['A', 'B', 'C'] as const;
export type CustomerTier = (typeof customerTierNames)[number];

/** Names that reports on promises and complaints can be split by. */
export const promiseDimensions = ['touchpoint', 'journeyType', 'team', 'site', 'what'] as const;
export const complaintDimensions = ['touchpoint', 'journeyType', 'channel', 'severity', 'team', 'site'] as const;

/** The dimensions of quality that a moment's ratings name: RATER, SERVQUAL. */
export const raterDimensions = ['reliability', 'assurance', 'tangibles', 'empathy', 'responsiveness'] as const;
export const qualityDimensions = ['touchpoint', 'channel', 'journeyType', 'actorTeam', 'actorSite'] as const;

/** Outcomes of journeys whose drivers can be asked for. */
export const driverOutcomes = [
  'score',
  'feedback',
  'complaint',
  'broken-promise',
  'failure',
  'abandoned',
  'stage-lost',
  'bought-again',
] as const;
export type DriverOutcome = (typeof driverOutcomes)[number];

/** Factors that may drive an outcome, besides `attribute.<name>`. */
export const driverFactors = ['touchpoint', 'touchpoint-failed', 'channel', 'team', 'site', 'type', 'level'] as const;
export type DriverFactor = (typeof driverFactors)[number] | `attribute.${string}`;

/** Measures that are a mean or a share of events, each of which is listed. */
export const eventMeasures = [
  'moment-score',
  'csat',
  'ces',
  'nps',
  'perception',
  'expectation',
  'effort',
  'rating.reliability',
  'rating.assurance',
  'rating.tangibles',
  'rating.empathy',
  'rating.responsiveness',
  'success',
] as const;
export type EventMeasure = (typeof eventMeasures)[number];

/** Measures that a leaf of an index can show, each brought to 0..100. */
export const indexMeasures = [
  'journey-score',
  ...eventMeasures,
  'promise-keeping',
  'first-contact',
  'answered-within',
  'followed-up',
  'conformance',
  'repeat-purchase',
] as const;
export type IndexMeasure = (typeof indexMeasures)[number];

export const benchmarkMeasures = ['score', 'success', 'promise-keeping', 'first-contact'] as const;
export type BenchmarkMeasure = (typeof benchmarkMeasures)[number];
