export {
  type CustomerFolds,
  FOLD_LIMITS,
  FOLDED_HERE_MAX,
  type FoldRequest,
  foldsHere,
  openCustomerFolds,
} from './customer-folds.ts';
export { type Folded, foldAtHand } from './fold-stored.ts';
export { readKnownTime } from './known-time.ts';
export { NOBODY, type Shown } from './shown.ts';
export type { Given, ResultOf, Task, ToldTwice } from './tasks.ts';
