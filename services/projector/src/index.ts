export { type AuditedRows, auditCustomers, describeDifference } from './audit-customers.ts';
export { CHANGES_STREAM, CUSTOMER_STREAM } from './customers.ts';
export { type FoldThreads, foldThreadsOf, openFoldThreads } from './fold-threads.ts';
export type { StartFolder } from './folder.ts';
export type { Target } from './lane.ts';
export {
  followLanes,
  type LaneProjectors,
  type LaneProjectorsOptions,
  PROJECTOR_GROUP,
} from './lane-projectors.ts';
export {
  type ClockKind,
  clockKindOf,
  decodeMeasures,
  encodeMeasures,
  encodeUnderNewRules,
  FILLED_ANEW,
  isOutdated,
} from './measures-text.ts';
export { createProgress, type Progress } from './progress.ts';
export { type Announce, LIVE, type Projector, type ProjectorOptions, startProjector } from './projector.ts';
export { rowsOfCustomer } from './rows-of-customer.ts';
export { tracedProjection } from './traced-projection.ts';
