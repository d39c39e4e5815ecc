export type { LoggedEvent, Streams } from './customers.ts';
export { type CustomerAnnouncement, earlier, type Folded } from './fold.ts';
export {
  type FoldedBatch,
  type FoldSession,
  type FoldSessionOptions,
  foldInProcess,
  type StartFold,
} from './fold-session.ts';
export { partsAtCuts } from './history-cuts.ts';
export {
  type Condemned,
  type FaultSearch,
  type Range,
  RangeFault,
  searchForFault,
  whyCondemned,
} from './range-fault.ts';
