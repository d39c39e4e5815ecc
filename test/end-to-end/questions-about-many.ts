import { driverOutcomes } from '@touchstone/api/vocabulary';
import type { Query } from '@touchstone/client';

/** Questions about many journeys and customers, for the shop of the demo. */

export const ABOUT_MANY: readonly (readonly [string, Query])[] = [
  ['/v1/feedback', {}],
  ['/v1/feedback', { by: 'touchpoint', bucket: '1M', timeZone: 'Europe/Berlin' }],
  ['/v1/feedback/comments', {}],
  ['/v1/loyalty/stages', { bucket: '1w' }],
  ['/v1/loyalty/transitions', {}],
  ['/v1/loyalty/time-in-stage', {}],
  ['/v1/loyalty/retention', { cohort: '1M' }],
  ['/v1/loyalty/retention', { cohort: '1w', event: 'purchase', atLeast: 1 }],
  ['/v1/loyalty/tiers', {}],
  ['/v1/loyalty/tiers/A', {}],
  ['/v1/loyalty/silent', {}],
  ['/v1/loyalty/leavers', {}],
  ['/v1/worklist', {}],
  ['/v1/worklist', { tier: 'A', reason: 'quietly-leaving' }],
  ['/v1/worklist', { todo: 'true' }],
  ['/v1/search', { q: 'c' }],
  ['/v1/views', {}],
  ['/v1/promises/report', { by: 'touchpoint' }],
  ['/v1/promises/report', { by: 'journeyType,team', bucket: '1M', expected: 'true' }],
  ['/v1/complaints/report', { by: 'channel' }],
  ['/v1/complaints/report', { by: 'team,severity', bucket: '1w', within: 'PT4H' }],
  ['/v1/recovery', {}],
  ['/v1/recovery', { type: 'order' }],
  ['/v1/quality', {}],
  ['/v1/quality', { by: 'touchpoint' }],
  ['/v1/gaps', { type: 'order' }],
  ['/v1/gaps', { type: 'support' }],
  ['/v1/benchmarks', { by: 'team', measure: 'score' }],
  ['/v1/benchmarks', { by: 'site', measure: 'success', type: 'order' }],
  ['/v1/benchmarks', { by: 'channel', measure: 'promise-keeping' }],
  ['/v1/benchmarks', { by: 'attribute.carrier', measure: 'first-contact' }],
  ['/v1/indexes', {}],
  ['/v1/indexes/behaviour', {}],
  ['/v1/self-check', {}],
];

export const POSTED: readonly (readonly [string, object])[] = [
  ['/v1/analytics/paths', { where: {} }],
  ['/v1/analytics/variants', { where: {} }],
  ['/v1/analytics/conformance', { where: { type: 'order' }, includeOpen: true }],
  ...driverOutcomes.map((outcome) => ['/v1/analytics/drivers', { where: {}, outcome }] as const),
  ['/v1/analytics/drivers', { outcome: 'complaint', unit: 'customer', factors: ['attribute.carrier', 'level'] }],
  ['/v1/analytics/importance', { where: {} }],
  ['/v1/analytics/importance', { where: { type: 'order' }, outcome: 'bought-again' }],
  ...['six-variables', 'rater', 'behaviour'].map((name) => ['/v1/analytics/index', { name }] as const),
  ['/v1/analytics/index', { name: 'behaviour', by: 'type', bucket: '1M' }],
  ['/v1/analytics/index', { name: 'six-variables', by: 'team' }],
];
