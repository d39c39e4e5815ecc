export * from './decide/accept-events.ts';
export { limitedAppend } from './decide/customer-limits.ts';
export { refusalOf } from './decide/decide-event.ts';
export * from './http/ingest-routes.ts';
