export {
  type AnnouncementEvent,
  announcementEvent,
  breachOf,
  brokenPromiseOf,
  dueInstantOf,
} from './announcement-event.ts';
export { type Applied, apply } from './apply.ts';
export { type Announcement, type Changes, isListedOnly, newChanges, retractionOf } from './changes.ts';
export * from './clock-corrected-event.ts';
export type { CloudEvent } from './cloud-event.ts';
export * from './compare-tellings.ts';
export * from './decode.ts';
export * from './definitions.ts';
export * from './events.ts';
export * from './faults.ts';
export { ADDRESSABLE, normalised, type Rating } from './fields.ts';
export * from './folding.ts';
export * from './history-cut-event.ts';
export { recentIncidents } from './incidents.ts';
export * from './instant.ts';
export * from './journey-progress.ts';
export {
  type Adjustment,
  type Explanation,
  journeyScore,
  type ScoredEvent,
} from './journey-score.ts';
export * from './known-time.ts';
export { type Level, levelOf, levels } from './levels.ts';
export * from './measures-text.ts';
export type { MomentScore, Verdict } from './moment-score.ts';
export * from './pages.ts';
export { type ParkedRetryEvent, parkedRetryEvent, retriedPositionsOf } from './parked-retry-event.ts';
export { DEPTH_MAX } from './plain-data.ts';
export { type PlainEvent, plainEvent } from './plain-event.ts';
export * from './policy.ts';
export { isRowsRewritten, type RowsRewrittenEvent, rowsRewrittenEvent } from './rows-rewritten-event.ts';
export { nextDueAt, settle } from './settle.ts';
export {
  type ComplaintState,
  type CustomerState,
  copyState,
  holdReports,
  initialState,
  type JourneyState,
  type MeasurementRules,
  type Opening,
  type PromiseState,
  promiseKey,
  RULES,
  type Stage,
  stages,
  type TrustChange,
  type TrustReason,
} from './state.ts';
export * from './streams.ts';
export * from './tell-journey.ts';
export type { Requirement } from './trust.ts';
export * from './views.ts';
export { UnmeasurableEvent } from './weigh-event.ts';
export type { WhatIf } from './what-if.ts';
