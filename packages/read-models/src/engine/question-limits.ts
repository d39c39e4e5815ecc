import type { TurnLimits } from '@touchstone/runtime/turns';
import type { QuestionLimits } from './clickhouse.ts';

/** Queue limits for outside queries that wait for a session. */
export const ASKERS_LIMITS: TurnLimits = { waitingMax: 100, waitMaxMs: 30_000 };

/** Exports that run at once; one asker never has all places. */
export const EXPORTS_AT_ONCE = 2;

/**
 * Part of a statement's memory beyond which groups and sorts go to the disk, so that an answer on
 * all history takes longer instead of failing.
 */
const IN_MEMORY_PART = 1 / 4;

/** The limits as engine settings, by name. */
export function limitSettings({ timeMaxMs, memoryMaxBytes }: QuestionLimits): Readonly<Record<string, number>> {
  const inMemory = Math.floor((memoryMaxBytes ?? 0) * IN_MEMORY_PART);
  return {
    ...(timeMaxMs !== null && { max_execution_time: timeMaxMs / 1000 }),
    ...(memoryMaxBytes !== null && {
      max_memory_usage: memoryMaxBytes,
      max_bytes_before_external_group_by: inMemory,
      max_bytes_before_external_sort: inMemory,
    }),
  };
}

/** The limits of each statement of an export, as engine settings. */
export function exportLimitSettings({
  exportTimeMaxMs = null,
  memoryMaxBytes,
}: QuestionLimits): Readonly<Record<string, number>> {
  return limitSettings({ timeMaxMs: exportTimeMaxMs, memoryMaxBytes });
}
