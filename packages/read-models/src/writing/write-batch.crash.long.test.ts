import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { dump, madeUpBatch } from '../../testing/row-fixtures.ts';
import { openReadModels } from '../read-models.ts';

const folder = mkdtempSync(join(tmpdir(), 'touchstone-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const END = 4000;
const child = fileURLToPath(new URL('../../testing/write-batches-until-killed.ts', import.meta.url));

/**
 * Writes from the checkpoint on in batches of `size`, and kills the process after the given number
 * of announcements. Resolves to true if it finished before.
 */
async function writeUntilKilled(size: number, announcements: number): Promise<boolean> {
  const args = ['--import', 'tsx', child, `chdb:${folder}`, '1', String(END), String(size)];
  const writer = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(writer, 'close');
  let announced = 0;
  let isDone = false;
  for await (const line of createInterface(writer.stdout)) {
    if (line === 'done') isDone = true;
    if (line.startsWith('writing') && ++announced === announcements) writer.kill('SIGKILL');
  }
  await closed;
  return isDone;
}

test('kill -9 between and within batches, again and again, leaves what an undisturbed run leaves', {
  timeout: 180_000,
}, async () => {
  const before = await openReadModels(`chdb:${folder}`);
  await before.createGeneration('{}');
  await before.close();
  // Each run continues where the previous one was killed, with another batch size; the last one may
  // finish.
  const runs = [
    [97, 1],
    [61, 3],
    [113, 2],
    [45, 7],
    [80, 5],
    [150, 4],
  ] as const;
  for (const [size, announcements] of runs) expect(await writeUntilKilled(size, announcements)).toBe(false);
  expect(await writeUntilKilled(300, Number.POSITIVE_INFINITY)).toBe(true);

  const readModels = await openReadModels(`chdb:${folder}`);
  const undisturbed = await readModels.createGeneration('{}');
  await readModels.writeBatch(undisturbed.number, madeUpBatch(0n, BigInt(END)));
  expect(await dump(readModels.clickhouse, 1)).toEqual(await dump(readModels.clickhouse, undisturbed.number));
  expect(await readModels.verify(1)).toEqual({ isWhole: true, faults: [], heldFrom: null });
  await readModels.close();
});
