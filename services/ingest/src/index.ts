export * from './accept-events.ts';
export { limitedAppend } from './customer-limits.ts';
export { refusalOf } from './decide-event.ts';
export * from './ingest-routes.ts';
export * from './rejection-codes.ts';
