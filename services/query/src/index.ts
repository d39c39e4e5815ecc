export { readConservation } from './conservation/conservation.ts';
export {
  type ConservationWatch,
  type ConservationWatchState,
  watchConservation,
} from './conservation/conservation-watch.ts';
export {
  NO_REBUILD,
  NO_TRIAL,
  type Progress,
  type QueryDeps,
  type Rebuild,
  type RebuildRequest,
  type Trial,
  type TrialRequest,
} from './deps.ts';
export { describeApi } from './description/describe-api.ts';
export { type RecordedLeap, recordLeap } from './ledgers/clock-ledger.ts';
export {
  type DefinitionsLedger,
  type DefinitionVersion,
  definitionsLedger,
} from './ledgers/definitions-ledger.ts';
export { type InForce, isSameInForce, measuresLedger } from './ledgers/measures-ledger.ts';
export { keepHistory, lostEvents } from './operations/kept-history.ts';
export { queryRoutes } from './query-routes.ts';
export { serveDashboard } from './site/serve-dashboard.ts';
export { readLag } from './waits/lag.ts';
