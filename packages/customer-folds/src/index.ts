export { type CustomerFolds, foldsHere, openCustomerFolds } from './customer-folds.ts';
export { foldAtHand } from './fold-stored.ts';
export { readKnownTime } from './known-time.ts';
export { NOBODY, type Shown } from './shown.ts';
export type { Given, ResultOf } from './tasks.ts';
export { toldCut } from './told-cut.ts';
