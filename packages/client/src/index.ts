export * from './client.ts';
export type { Download } from './download.ts';
export type { EventsPage, EventsQuery } from './events-page.ts';
export type { LiveItem, LiveQuery } from './follow-live.ts';
export * from './publish-events.ts';
export type { ClientOptions } from './send-request.ts';
export * from './touchstone-error.ts';
