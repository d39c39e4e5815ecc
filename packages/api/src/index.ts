import { closeSession, getCaller, getConfiguration, listKeys, openSession } from './access.ts';
import { acknowledgeAlert, listAlerts } from './alerts/alerts.ts';
import { backtestHeartbeat, backtestObjective } from './alerts/backtest.ts';
import { listHeartbeats, putHeartbeat } from './alerts/heartbeats.ts';
import { listObjectives, putObjective } from './alerts/objectives.ts';
import { deleteTarget, getTarget, listTargets, putTarget } from './alerts/targets.ts';
import { listWatches, putWatch } from './alerts/watches.ts';
import { downloadBackup } from './backup.ts';
import { getBenchmarks } from './benchmarks.ts';
import { getClock } from './clock.ts';
import { listComplaints } from './complaints.ts';
import { getConservation } from './conservation.ts';
import { getCustomer, listCustomers } from './customers.ts';
import { getPolicy, listDefinitions, putDefinition } from './definitions.ts';
import { exportEvents } from './exporting.ts';
import { getFailureRates } from './failure-rates.ts';
import { getFeedback, listFeedbackComments } from './feedback.ts';
import { getGaps } from './gaps.ts';
import { askIndex, getIndex, listIndexes, putIndex } from './index-trees.ts';
import { getJourney, listJourneys } from './journeys.ts';
import { followLive } from './live.ts';
import { dismissLostHistory, getLostHistory } from './lost-history.ts';
import {
  getLeavers,
  getRetention,
  getStages,
  getTiers,
  getTimeInStage,
  getTransitions,
  listCustomersInStage,
  listRetainedCustomers,
  listSilentCustomers,
  listTierCustomers,
} from './loyalty.ts';
import { listMoments } from './moments.ts';
import { getOverview } from './overview.ts';
import { listParkedEvents, retryParkedEvents } from './parked.ts';
import { getPosition } from './position.ts';
import { listPromises } from './promises.ts';
import { publishEvents } from './publishing.ts';
import { askConformance, listConformanceJourneys } from './questions/conformance.ts';
import { askDrivers, askImportance, getQuality, listDriverJourneys } from './questions/drivers.ts';
import { askDurations, listDurationsJourneys } from './questions/durations.ts';
import { askFunnel, listFunnelJourneys } from './questions/funnel.ts';
import { askPaths, askVariants, listPathsJourneys } from './questions/paths.ts';
import { getRebuild, startRebuild } from './rebuild.ts';
import { listRejectedEvents, retryRejectedEvents } from './rejected.ts';
import { searchAll } from './search.ts';
import { getSelfCheck } from './self-check.ts';
import { getComplaintsReport, getPromisesReport, getRecovery, listRecoveryJourneys } from './service.ts';
import { cancelTrial, getTrial, startTrial } from './trial.ts';
import { listTrustChanges } from './trust-changes.ts';
import { getWorklist } from './worklist.ts';
import { deleteAnnotation, listAnnotations, putAnnotation } from './workspace/annotations.ts';
import { listShares, revokeShare, shareJourney } from './workspace/shares.ts';
import { deleteView, listViews, putView } from './workspace/views.ts';
import { markWorklist } from './workspace/worklist-marks.ts';

export { type Heartbeat, type Hours, heartbeatSchema } from './alerts/heartbeat.ts';
export { type Objective, objectiveSchema, TARGETS_MAX } from './alerts/objective.ts';
export { type NewTarget, newTargetSchema } from './alerts/target.ts';
export { type Watch, watchSchema } from './alerts/watch.ts';
export type * from './answers.ts';
export type { Comparison, SwitchComparison } from './comparison.ts';
export { encoderOf } from './encode.ts';
export * from './endpoint.ts';
export * from './exports.ts';
export type { PointOfView } from './folded.ts';
export type { Readiness } from './health.ts';
export { type IndexNode, indexTree, type LeafWhere, type ShownNode } from './index-trees.ts';
export { LIVE_STREAMS_MAX, type LiveEffect, type LiveEvent, liveEffectSchema } from './live.ts';
export { gatherAttributes } from './parameters.ts';
export * from './problem.ts';
export { FUNNEL_STEPS_MAX } from './questions/funnel.ts';
export type { Breakdown, Matcher } from './questions/parts.ts';
export type { Activity } from './questions/paths.ts';
export type { RebuildStatus } from './rebuild.ts';
export * from './rejection-codes.ts';
export * from './sql.ts';
export type { TrialReport, TrialStatus } from './trial.ts';
export * from './vocabulary.ts';
export { presentFilters, type Where } from './where.ts';
export { type Annotation, annotationSchema } from './workspace/annotations.ts';
export { type View, viewSchema } from './workspace/views.ts';

/** Every operation of the API, by its name. */
export const endpoints = {
  publishEvents,
  exportEvents,
  followLive,
  listRejectedEvents,
  retryRejectedEvents,
  getJourney,
  listJourneys,
  getCustomer,
  listCustomers,
  getFailureRates,
  listMoments,
  getFeedback,
  listFeedbackComments,
  askFunnel,
  listFunnelJourneys,
  askPaths,
  listPathsJourneys,
  askVariants,
  askConformance,
  listConformanceJourneys,
  askDurations,
  listDurationsJourneys,
  getStages,
  listCustomersInStage,
  getTransitions,
  getTimeInStage,
  getRetention,
  listRetainedCustomers,
  getTiers,
  listTierCustomers,
  listSilentCustomers,
  getLeavers,
  getWorklist,
  getPromisesReport,
  getComplaintsReport,
  getRecovery,
  listRecoveryJourneys,
  askDrivers,
  listDriverJourneys,
  askImportance,
  getQuality,
  getGaps,
  getBenchmarks,
  askIndex,
  getOverview,
  listObjectives,
  putObjective,
  backtestObjective,
  listHeartbeats,
  putHeartbeat,
  backtestHeartbeat,
  listWatches,
  putWatch,
  listAlerts,
  acknowledgeAlert,
  listTargets,
  getTarget,
  putTarget,
  deleteTarget,
  listPromises,
  listComplaints,
  listTrustChanges,
  listParkedEvents,
  retryParkedEvents,
  getPosition,
  getRebuild,
  startRebuild,
  getClock,
  getConservation,
  getSelfCheck,
  getLostHistory,
  dismissLostHistory,
  startTrial,
  getTrial,
  cancelTrial,
  listDefinitions,
  putDefinition,
  listIndexes,
  getIndex,
  putIndex,
  getPolicy,
  downloadBackup,
  searchAll,
  listViews,
  putView,
  deleteView,
  listAnnotations,
  putAnnotation,
  deleteAnnotation,
  markWorklist,
  shareJourney,
  listShares,
  revokeShare,
  getCaller,
  openSession,
  closeSession,
  listKeys,
  getConfiguration,
} as const;
