import type { TrialStatus } from '@touchstone/api';
import type { Definition, PolicyChange } from '@touchstone/journey';

export interface TrialRequest {
  /**
   * Replace the definitions of their types; for other types the trial takes the newest versions.
   */
  readonly definitions: readonly Definition[];
  readonly policy: PolicyChange | undefined;
  /** Number of customers, and of journeys, that the report lists one by one. */
  readonly limit: number;
}

/** Fills a generation by other measures, compares it with the one in force, and drops it. */
export interface Trial {
  /**
   * Resolves once it has begun.
   * @throws Problem `under_way` while a trial or a rebuild runs.
   */
  start(request: TrialRequest): Promise<void>;
  /** Status of the latest trial of this process: a restart forgets it. */
  status(): TrialStatus;
  /**
   * Resolves once nothing of the trial is left; forgets a finished trial together with its report.
   */
  cancel(): Promise<void>;
}

/** Status before the first trial of a process, and after a trial was forgotten. */
export const NO_TRIAL: TrialStatus = {
  state: 'none',
  phase: null,
  startedAt: null,
  finishedAt: null,
  position: null,
  target: null,
  error: null,
  report: null,
};
