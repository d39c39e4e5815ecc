export { leapOutcomes, type RecordedLeap, recordedLeaps, recordLeap } from './clock-ledger.ts';
export type { Comparison, SwitchComparison, TrialReport, TrialStatus } from './comparison-answers.ts';
export { readConservation } from './conservation.ts';
export { type ConservationWatch, type ConservationWatchState, watchConservation } from './conservation-watch.ts';
export {
  DEFINITIONS_STREAM,
  type DefinitionState,
  type DefinitionsLedger,
  type DefinitionVersion,
  definitionsLedger,
} from './definitions-ledger.ts';
export {
  NO_REBUILD,
  NO_TRIAL,
  type Progress,
  type QueryDeps,
  type Rebuild,
  type RebuildRequest,
  type RebuildStatus,
  type Trial,
  type TrialRequest,
} from './deps.ts';
export { describeApi } from './describe-api.ts';
export { keepHistory, lostEvents } from './kept-history.ts';
export { readLag } from './lag.ts';
export { type InForce, isSameInForce, measuresLedger } from './measures-ledger.ts';
export { queryRoutes } from './query-routes.ts';
export { serveDashboard } from './serve-dashboard.ts';
