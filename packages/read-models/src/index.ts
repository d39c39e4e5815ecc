export { type Batch, type BatchEncoder, encodeBatch } from './encoding/batch.ts';
export type { ClickHouse, ExportPart, Parameters, QuestionLimits } from './engine/clickhouse.ts';
export { openClickHouse } from './engine/open-clickhouse.ts';
export * from './exports/export-tables.ts';
export { type RebuildClaim, type RebuildUnderWay, SILENT_MS } from './generations/claim-rebuild.ts';
export type { Distrust, Generation } from './generations/generations.ts';
export { keepTarget, keptTargets } from './generations/kept-targets.ts';
export { openOrSetAside, type SetAside } from './generations/set-aside.ts';
export type { Verification } from './generations/verify-generation.ts';
export * from './queries/compare-customers.ts';
export * from './queries/compare-journeys.ts';
export {
  type Compared,
  type ComparedTable,
  comparedTables,
  compareTable,
  differingCustomers,
  type MomentsHeld,
  momentsHeld,
  type Side,
  type TableComparison,
} from './queries/compare-tables.ts';
export type { Page } from './queries/cursor.ts';
export * from './queries/customers-ahead.ts';
export * from './queries/customers-due.ts';
export * from './queries/differing-rows.ts';
export * from './queries/engine-uptime.ts';
export * from './queries/failure-rates.ts';
export * from './queries/find-journey-customers.ts';
export * from './queries/list-complaints.ts';
export * from './queries/list-customers.ts';
export * from './queries/list-feedback-comments.ts';
export * from './queries/list-journeys.ts';
export * from './queries/list-moments.ts';
export * from './queries/list-parked.ts';
export * from './queries/list-promises.ts';
export * from './queries/list-trust-changes.ts';
export * from './queries/lost-events.ts';
export * from './queries/moment-minutes.ts';
export { OTHER, shownName } from './queries/others.ts';
export * from './queries/overview.ts';
export * from './queries/projected-by-range.ts';
export * from './queries/projected-counts.ts';
export * from './queries/projected-positions.ts';
export * from './queries/rows-of-customer.ts';
export * from './queries/shown-customer.ts';
export * from './queries/stage-losses.ts';
export * from './queries/table-sizes.ts';
export * from './queries/to-audit.ts';
export * from './read-model-error.ts';
export * from './read-models.ts';
export { openSqlDoor, type SqlDoor } from './sql-door/sql-door.ts';
export type {
  Attributes,
  Checkpoint,
  ComplaintRow,
  CustomerRow,
  JourneyRow,
  MomentRow,
  ParkedRow,
  PromiseRow,
  Rows,
  TrustChangeRow,
} from './tables.ts';
export { type Lane, lastWrittenAt, WHOLE } from './writing/lanes.ts';
