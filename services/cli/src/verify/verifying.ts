import type { LogReader } from '@touchstone/event-store';
import type { MeasurementRules } from '@touchstone/journey';
import type { ReadModels } from '@touchstone/read-models';
import { whole } from '../terminal/style.ts';
import type { Differences } from './differences.ts';
import type { VerifyFolder, VerifyNotes } from './verify-notes.ts';

/** The rows in force. */
export interface VerifiedRows {
  readonly readModels: ReadModels;
  readonly generation: number;
  readonly measures: MeasurementRules;
}

export interface VerifyOptions {
  readonly reader: LogReader;
  /** Rows to compare with the log, if any. */
  readonly rows?: VerifiedRows | undefined;
  readonly folder: VerifyFolder;
  /** Start again, and discard an earlier run. */
  readonly isAnew: boolean;
  readonly signal: AbortSignal;
  /** `done` of `total`: positions of the log, or parts of the identities or of the customers. */
  readonly onProgress?: ((phase: Phase, done: number, total: number, note: string) => void) | undefined;
}

export type Phase = 'log' | 'identities' | 'rows';

/** A verification under way. */
export interface Verifying extends VerifyOptions {
  readonly differences: Differences;
  notes: VerifyNotes;
  /** Records completed work, which is not repeated. */
  note(done: Partial<VerifyNotes>): void;
}

/** Text shown beside the progress. */
export function noteOf({ differences }: Verifying, ...done: readonly string[]): string {
  const { count } = differences.found();
  return [...done, ...(count === 0 ? [] : [`${whole(count)} differences`])].join(', ');
}
