export { startStandalone } from './standalone.ts';
export type { Standalone } from './start-in-order.ts';
