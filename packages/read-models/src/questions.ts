/**
 * The questions about many journeys and customers. They load libraries of statistics, so only the
 * processes that answer them import this.
 */
export * from './queries/feedback.ts';
export type { DefinitionAsked, QuestionContext } from './questions/cases.ts';
export { conformance, conformanceJourneys } from './questions/conformance.ts';
export { driverJourneys, drivers } from './questions/drivers/drivers.ts';
export { importance } from './questions/drivers/importance.ts';
export { quality } from './questions/drivers/quality.ts';
export { durations, durationsJourneys } from './questions/durations.ts';
export { funnel, funnelJourneys } from './questions/funnel.ts';
export { type GapsDefinition, gaps } from './questions/gaps/gaps.ts';
export { benchmarks } from './questions/index/benchmarks.ts';
export { satisfactionIndex } from './questions/index/satisfaction-index.ts';
export { leavers, timeInStage, transitions } from './questions/loyalty/moves.ts';
export { retainedCustomers, retention } from './questions/loyalty/retention.ts';
export { silentCustomers } from './questions/loyalty/silent.ts';
export { customersInStage, stagesOverTime } from './questions/loyalty/stages.ts';
export { customerTiers, tierCustomers } from './questions/loyalty/tiers.ts';
export { worklist } from './questions/loyalty/worklist.ts';
export { paths, pathsJourneys } from './questions/paths.ts';
export type { RowsContext } from './questions/rows-context.ts';
export { search } from './questions/search.ts';
export { type SelfCheck, selfCheck } from './questions/self-check.ts';
export { complaintsReport } from './questions/service/complaints-report.ts';
export { promisesReport } from './questions/service/promises-report.ts';
export { recovery, recoveryJourneys } from './questions/service/recovery.ts';
export { variants } from './questions/variants.ts';
