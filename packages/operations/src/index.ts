export { type Alert, type AlertsLedger, alertsLedger } from './alerts/alerts-ledger.ts';
export { testHeartbeat, testObjective } from './alerts/backtests.ts';
export { alertEvaluator, type Evaluator } from './alerts/evaluator.ts';
export type { MomentSource } from './alerts/judged-moments.ts';
export {
  heartbeatsLedger,
  newestByName,
  objectivesLedger,
  type WatchedVersion,
  watchesLedger,
} from './alerts/watched-ledger.ts';
export { heartbeatState, objectiveState, watchState } from './alerts/watched-state.ts';
export { compareBeforeSwitch, refusal } from './comparison/compare-before-switch.ts';
export { type ShownOtherwise, shorten, shownOtherwise } from './comparison/hold-to-log.ts';
export {
  byMinuteAndSource,
  type Conservation,
  type ConservationRow,
  type ConservationSources,
  onOneGeneration,
  readConservation,
} from './conservation/conservation.ts';
export { type ConservationGap, findFaults } from './conservation/conservation-faults.ts';
export { type ConservationWatchState, watchConservation } from './conservation/conservation-watch.ts';
export { type DefinitionRegistry, definitionRegistry } from './definitions/definition-registry.ts';
export { encodeInForce, tellBeforePutting } from './definitions/measures-in-force.ts';
export { putDefinition, reportWaitingDefinitions } from './definitions/put-definition.ts';
export { type GenerationWatch, WORDS, watchGeneration } from './generations/generation-watch.ts';
export { dismissHistory, keptHistories, lostEvents, lostNow } from './generations/kept-history.ts';
export { whoseRows } from './generations/log-of-rows.ts';
export type { Mending } from './generations/mending.ts';
export { type OwnTables, startOwnTables } from './generations/own-tables.ts';
export { rowsInForce } from './generations/rows-in-force.ts';
export { openSharedRebuilds, operateSharedTables } from './generations/shared-tables.ts';
export type { ShownRows } from './generations/shown-rows.ts';
export type { Target } from './generations/target.ts';
export { verifications } from './generations/verifications.ts';
export { shownGeneration } from './generations/withheld-lists.ts';
export { type IndexesLedger, type IndexVersion, indexesLedger } from './indexes/indexes-ledger.ts';
export { shippedIndexes } from './indexes/shipped-indexes.ts';
export { type RecordedLeap, recordedLeaps, recordLeap } from './ledgers/clock-ledger.ts';
export { NO_REBUILD, type Rebuild, type ServedRebuild } from './rebuild/rebuild.ts';
export { type SendingsLedger, sendingsLedger, type TargetSendings } from './targets/sendings-ledger.ts';
export type { KeptTargets, Target as AlertTarget } from './targets/target.ts';
export { type TargetRegistry, targetRegistry } from './targets/target-registry.ts';
export { type TargetSender, targetSender } from './targets/target-sender.ts';
export { targetsFile } from './targets/targets-file.ts';
export { targetsTable } from './targets/targets-table.ts';
export type { ServedTrial } from './trial/trial.ts';
export { NO_TRIAL, type Trial, type TrialRequest } from './trial/trial-request.ts';
export type { StartFilling, StartTrialClock } from './workers.ts';
export { type KeptNote, type KeptNotes, keptNotes } from './workspace/kept-notes.ts';
export { type SharedLink, type SharedLinks, sharedLinks } from './workspace/shared-links.ts';
export { type WorklistMark, type WorklistMarks, worklistMarks } from './workspace/worklist-marks.ts';
