import type { TurnLimits } from '@touchstone/runtime/turns';
import type { QuestionLimits } from './clickhouse.ts';

/** Queue limits for outside queries that wait for a session. */
export const ASKERS_LIMITS: TurnLimits = { waitingMax: 100, waitMaxMs: 30_000 };

/** Exports that run at once; one asker never has all places. */
export const EXPORTS_AT_ONCE = 2;

/** The limits as engine settings, by name. */
export function limitSettings({ timeMaxMs, memoryMaxBytes }: QuestionLimits): Readonly<Record<string, number>> {
  return {
    ...(timeMaxMs !== null && { max_execution_time: timeMaxMs / 1000 }),
    ...(memoryMaxBytes !== null && { max_memory_usage: memoryMaxBytes }),
  };
}

/** The limits of each statement of an export, as engine settings. */
export function exportLimitSettings({
  exportTimeMaxMs = null,
  memoryMaxBytes,
}: QuestionLimits): Readonly<Record<string, number>> {
  return limitSettings({ timeMaxMs: exportTimeMaxMs, memoryMaxBytes });
}
