export * from './accept-events.ts';
export { type CustomerLimits, type LimitedAppend, limitedAppend } from './customer-limits.ts';
export { decideEvent, isRefusal, type Refusal, refusalOf } from './decide-event.ts';
export * from './ingest-routes.ts';
export { type InputBatch, messageBatch } from './input-batch.ts';
export * from './rejection-codes.ts';
