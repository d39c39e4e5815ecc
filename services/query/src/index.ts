export {
  DEFINITIONS_STREAM,
  type DefinitionState,
  type DefinitionsLedger,
  type DefinitionVersion,
  definitionsLedger,
} from './definitions-ledger.ts';
export type { Progress, QueryDeps, Rebuild, RebuildStatus } from './deps.ts';
export { describeApi } from './describe-api.ts';
export { readLag } from './lag.ts';
export { queryRoutes } from './query-routes.ts';
