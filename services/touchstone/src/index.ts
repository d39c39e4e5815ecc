export type { Running } from './start-in-order.ts';
export { startTouchstone } from './start-touchstone.ts';
