import type { Answer } from './endpoint.ts';
import type { endpoints } from './index.ts';

/** Answers in their wire form, for readers: instants are ISO 8601 in UTC, positions digits. */

export type Overview = Answer<typeof endpoints.getOverview>;
export type FailureRates = Answer<typeof endpoints.getFailureRates>;
export type FailureRate = FailureRates['rows'][number];
export type TrustChange = Answer<typeof endpoints.listTrustChanges>['items'][number];

export type JourneyList = Answer<typeof endpoints.listJourneys>;
export type JourneySummary = JourneyList['items'][number];
/** An answer that the service folded from the log: it has no `source`. */
type FromLog<Either> = Exclude<Either, FromRows> & { readonly source?: undefined };
/** An answer from rows, given while the log is away. */
interface FromRows {
  readonly source: 'rows';
}
export type Journey = FromLog<Answer<typeof endpoints.getJourney>>;
export type JourneyFromRows = Extract<Answer<typeof endpoints.getJourney>, FromRows>;
export type HistoryCut = NonNullable<Journey['historyCut']>;
export type Explanation = Journey['explanation'];
export type ExplainedMoment = Explanation['moments'][number];
export type TimelineEntry = Journey['timeline'][number];

export type Customer = FromLog<Answer<typeof endpoints.getCustomer>>;
export type CustomerFromRows = Extract<Answer<typeof endpoints.getCustomer>, FromRows>;
export type MissingRequirement = NonNullable<Customer['next']>['missing'][number];

export type Promises = Answer<typeof endpoints.listPromises>;
export type ParkedEvents = Answer<typeof endpoints.listParkedEvents>;
export type Position = Answer<typeof endpoints.getPosition>;
export type Policy = Answer<typeof endpoints.getPolicy>;
export type Definitions = Answer<typeof endpoints.listDefinitions>;
export type Rebuild = Answer<typeof endpoints.getRebuild>;
export type Trial = Answer<typeof endpoints.getTrial>;
export type Conservation = Answer<typeof endpoints.getConservation>;
export type SelfCheck = Answer<typeof endpoints.getSelfCheck>;
export type LostHistories = Answer<typeof endpoints.getLostHistory>;
export type RejectedEvents = Answer<typeof endpoints.listRejectedEvents>;
export type ParkedRetry = Answer<typeof endpoints.retryParkedEvents>;
export type RejectedRetry = Answer<typeof endpoints.retryRejectedEvents>;
export type KeyList = Answer<typeof endpoints.listKeys>;
export type Configuration = Answer<typeof endpoints.getConfiguration>;

export type Shares = Answer<typeof endpoints.listShares>;
export type Share = Shares['items'][number];

export type Clock = Answer<typeof endpoints.getClock>;
export type Alerts = Answer<typeof endpoints.listAlerts>;
export type Objectives = Answer<typeof endpoints.listObjectives>;
export type Complaints = Answer<typeof endpoints.listComplaints>;
export type CustomerList = Answer<typeof endpoints.listCustomers>;
export type SilentCustomers = Answer<typeof endpoints.listSilentCustomers>;
export type Worklist = Answer<typeof endpoints.getWorklist>;
export type Tiers = Answer<typeof endpoints.getTiers>;
export type TierCustomers = Answer<typeof endpoints.listTierCustomers>;
export type Stages = Answer<typeof endpoints.getStages>;
export type Transitions = Answer<typeof endpoints.getTransitions>;
export type PromisesReport = Answer<typeof endpoints.getPromisesReport>;
export type ComplaintsReport = Answer<typeof endpoints.getComplaintsReport>;
export type IndexAnswer = Answer<typeof endpoints.askIndex>;

export type Caller = Answer<typeof endpoints.getCaller>;
export type SearchAnswer = Answer<typeof endpoints.searchAll>;
export type Views = Answer<typeof endpoints.listViews>;
export type Annotations = Answer<typeof endpoints.listAnnotations>;
export type WorklistMark = Answer<typeof endpoints.markWorklist>;
export type Funnel = Answer<typeof endpoints.askFunnel>;
export type Paths = Answer<typeof endpoints.askPaths>;
export type Variants = Answer<typeof endpoints.askVariants>;
export type Conformance = Answer<typeof endpoints.askConformance>;
export type Durations = Answer<typeof endpoints.askDurations>;
export type Moments = Answer<typeof endpoints.listMoments>;
export type RetainedCustomers = Answer<typeof endpoints.listRetainedCustomers>;
export type Retention = Answer<typeof endpoints.getRetention>;
export type TimeInStage = Answer<typeof endpoints.getTimeInStage>;
export type Recovery = Answer<typeof endpoints.getRecovery>;
export type Drivers = Answer<typeof endpoints.askDrivers>;
export type Importance = Answer<typeof endpoints.askImportance>;
export type Quality = Answer<typeof endpoints.getQuality>;
export type Gaps = Answer<typeof endpoints.getGaps>;
export type Benchmarks = Answer<typeof endpoints.getBenchmarks>;
export type Indexes = Answer<typeof endpoints.listIndexes>;
export type Heartbeats = Answer<typeof endpoints.listHeartbeats>;
export type Watches = Answer<typeof endpoints.listWatches>;
export type ObjectiveBacktest = Answer<typeof endpoints.backtestObjective>;
export type HeartbeatBacktest = Answer<typeof endpoints.backtestHeartbeat>;
