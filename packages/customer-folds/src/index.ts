export { type CustomerFolds, foldsHere, openCustomerFolds } from './customer-folds.ts';
export { tellCuts } from './cut-customers.ts';
export { cutNamedIn } from './cut-named-in.ts';
export { foldAtHand } from './fold-stored.ts';
export { goneFrom } from './gone-of.ts';
export { readKnownTime } from './known-time.ts';
export { NOBODY, type Shown } from './shown.ts';
export type { Given, ResultOf } from './tasks.ts';
export { toldCut } from './told-cut.ts';
