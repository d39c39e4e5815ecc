export type { Progress, QueryDeps } from './deps.ts';
export { describeApi } from './description/describe-api.ts';
export { queryRoutes } from './query-routes.ts';
export { serveDashboard } from './site/serve-dashboard.ts';
export { readLag } from './waits/lag.ts';
