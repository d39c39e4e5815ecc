import { readdirSync } from 'node:fs';
import { lostEvents } from '@touchstone/operations';
import type { ReadModels } from '@touchstone/read-models';
import { expect } from 'vitest';

/** Words that a system prints when it takes its rows for damaged, or its log for another. */
export const ALARM =
  /another log|put back|damaged|does not hold|not as the log makes|filled anew|moved aside|cannot be used/i;

/**
 * Checks that after any number of kills and disconnections no generation was distrusted, filled
 * anew or kept because the log had lost it, and that none was reported so.
 */
export async function expectNoFalseAlarm(readModels: ReadModels, said: readonly string[] = []): Promise<void> {
  expect(await readModels.listDistrusts()).toEqual([]);
  const generations = await readModels.listGenerations();
  expect(generations).toMatchObject([{ kept: null, distrusted: null }]);
  expect(await lostEvents(readModels)).toBe(0);
  expect(said.filter((line) => ALARM.test(line))).toEqual([]);
}

/** Checks that no folder of rows was moved aside. */
export function expectNothingAside(data: string): void {
  expect(readdirSync(data).filter((name) => name.startsWith('clickhouse.'))).toEqual([]);
}
