import { getClock } from './clock.ts';
import { listComplaints } from './complaints.ts';
import { getConservation } from './conservation.ts';
import { getCustomer, listCustomers } from './customers.ts';
import { getPolicy, listDefinitions, putDefinition } from './definitions.ts';
import { getFailureRates } from './failure-rates.ts';
import { getJourney, listJourneys } from './journeys.ts';
import { dismissLostHistory, getLostHistory } from './lost-history.ts';
import { getOverview } from './overview.ts';
import { listParkedEvents, retryParkedEvents } from './parked.ts';
import { getPosition } from './position.ts';
import { listPromises } from './promises.ts';
import { getRebuild, startRebuild } from './rebuild.ts';
import { cancelTrial, getTrial, startTrial } from './trial.ts';
import { listTrustChanges } from './trust-changes.ts';

export type * from './answers.ts';
export type { Comparison, SwitchComparison } from './comparison.ts';
export { encoderOf } from './encode.ts';
export * from './endpoint.ts';
export * from './exports.ts';
export type { PointOfView } from './folded.ts';
export type { Readiness } from './health.ts';
export { gatherAttributes } from './parameters.ts';
export * from './problem.ts';
export type { RebuildStatus } from './rebuild.ts';
export type { TrialReport, TrialStatus } from './trial.ts';
export * from './vocabulary.ts';

/** Every operation of the API that is declared here, by its name. */
export const endpoints = {
  getJourney,
  listJourneys,
  getCustomer,
  listCustomers,
  getFailureRates,
  getOverview,
  listPromises,
  listComplaints,
  listTrustChanges,
  listParkedEvents,
  retryParkedEvents,
  getPosition,
  getRebuild,
  startRebuild,
  getClock,
  getConservation,
  getLostHistory,
  dismissLostHistory,
  startTrial,
  getTrial,
  cancelTrial,
  listDefinitions,
  putDefinition,
  getPolicy,
} as const;
