import type { LogReader } from '@touchstone/event-store';
import type { Measures } from '@touchstone/journey';
import type { ReadModels } from '@touchstone/read-models';
import { whole } from '../terminal/style.ts';
import type { Differences } from './differences.ts';
import type { VerifyFolder, VerifyNotes } from './verify-notes.ts';

/** The rows that answer. */
export interface VerifiedRows {
  readonly readModels: ReadModels;
  readonly generation: number;
  readonly measures: Measures;
}

export interface VerifyOptions {
  readonly reader: LogReader;
  /** What is held to the log too. */
  readonly rows?: VerifiedRows | undefined;
  readonly folder: VerifyFolder;
  /** Begin anew, whatever an earlier run has done. */
  readonly isAnew: boolean;
  readonly signal: AbortSignal;
  /** `done` of `total`: positions of the log, parts of the identities and of the customers. */
  readonly onProgress?: ((phase: Phase, done: number, total: number, note: string) => void) | undefined;
}

export type Phase = 'log' | 'identities' | 'rows';

/** A run that is under way. */
export interface Verifying extends VerifyOptions {
  readonly differences: Differences;
  notes: VerifyNotes;
  /** Notes what is done; nothing of it is done again. */
  note(done: Partial<VerifyNotes>): void;
}

/** What is told beside the progress. */
export function noteOf({ differences }: Verifying, ...done: readonly string[]): string {
  const { count } = differences.found();
  return [...done, ...(count === 0 ? [] : [`${whole(count)} differences`])].join(', ');
}
