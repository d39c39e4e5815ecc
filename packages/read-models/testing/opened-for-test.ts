import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { QuestionLimits } from '../src/engine/clickhouse.ts';
import { openReadModels, type ReadModels } from '../src/read-models.ts';

/**
 * Opens a read model in its own folder, and closes and removes it after the tests of the file. Call
 * it during setup.
 */
export async function openedForTest(limits?: QuestionLimits): Promise<ReadModels> {
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-'));
  const readModels = await openReadModels(`chdb:${folder}`, limits);
  opened.push({ folder, readModels });
  return readModels;
}

const opened: { readonly folder: string; readonly readModels: ReadModels }[] = [];
afterAll(async () => {
  for (const { folder, readModels } of opened) {
    await readModels.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
