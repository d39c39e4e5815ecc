export { type Batch, type BatchEncoder, batchEncoder, encodeBatch } from './batch.ts';
export { type RebuildClaim, type RebuildUnderWay, SILENT_MS } from './claim-rebuild.ts';
export type { ClickHouse, Parameters, QuestionLimits } from './clickhouse.ts';
export type { Page } from './cursor.ts';
export type { Distrust, Generation } from './generations.ts';
export { type Lane, lastWrittenAt, WHOLE } from './lanes.ts';
export { openClickHouse } from './open-clickhouse.ts';
export { OTHER, shownName } from './others.ts';
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
export * from './queries/customers-ahead.ts';
export * from './queries/customers-due.ts';
export * from './queries/differing-rows.ts';
export * from './queries/failure-rates.ts';
export * from './queries/find-journey-customers.ts';
export * from './queries/list-complaints.ts';
export * from './queries/list-customers.ts';
export * from './queries/list-journeys.ts';
export * from './queries/list-parked.ts';
export * from './queries/list-promises.ts';
export * from './queries/list-trust-changes.ts';
export * from './queries/lost-events.ts';
export * from './queries/overview.ts';
export * from './queries/projected-by-range.ts';
export * from './queries/projected-counts.ts';
export * from './queries/projected-positions.ts';
export * from './queries/rows-of-customer.ts';
export * from './queries/shown-customer.ts';
export * from './queries/table-sizes.ts';
export * from './queries/to-audit.ts';
export * from './read-model-error.ts';
export * from './read-models.ts';
export * from './rows.ts';
export { openOrSetAside, type SetAside } from './set-aside.ts';
export type { Checkpoint } from './tables.ts';
export type { Verification } from './verify-generation.ts';
