import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { madeUpBatch } from '../../testing/row-fixtures.ts';
import { projectedCounts } from '../queries/projected-counts.ts';
import { openReadModels, type ReadModels } from '../read-models.ts';

const folder = mkdtempSync(join(tmpdir(), 'touchstone-'));
let readModels: ReadModels;
beforeAll(async () => {
  readModels = await openReadModels(`chdb:${folder}`);
});
afterAll(async () => {
  await readModels.close();
  rmSync(folder, { recursive: true, force: true });
});

const databases = async () => {
  const sql = "SELECT name FROM system.databases WHERE name LIKE 'touchstone%' ORDER BY name";
  return (await readModels.clickhouse.query(sql, {}, z.object({ name: z.string() }))).map(({ name }) => name);
};

test('generations are filled side by side, one answers, and a switch and all else survive a restart', async () => {
  expect(await readModels.currentGeneration()).toBeNull();
  const measures = JSON.stringify({ policy: "it's\t1\n" });
  const first = await readModels.createGeneration(measures);
  expect(first).toMatchObject({ number: 1, measures, isInForce: false });
  await readModels.switchTo(1);
  await readModels.writeBatch(1, madeUpBatch(0n, 30n));

  const second = await readModels.createGeneration('{"policy":2}');
  await readModels.writeBatch(second.number, madeUpBatch(0n, 50n));
  expect(await readModels.currentGeneration()).toMatchObject({ number: 1 });
  await readModels.switchTo(2);
  expect(await readModels.currentGeneration()).toMatchObject({ number: 2, measures: '{"policy":2}', isInForce: true });

  await readModels.close();
  readModels = await openReadModels(`chdb:${folder}`);
  expect(await readModels.listGenerations()).toMatchObject([
    { number: 1, measures, isInForce: false },
    { number: 2, measures: '{"policy":2}', isInForce: true },
  ]);
  expect(await projectedCounts(readModels.clickhouse, 1)).toEqual({ position: 30n, moments: 28, parked: 2, cut: 0 });
  expect(await projectedCounts(readModels.clickhouse, 2)).toEqual({ position: 50n, moments: 46, parked: 4, cut: 0 });
});

test('the generation in force cannot be dropped; another can, and its number is never used again', async () => {
  await expect(readModels.dropGeneration(2)).rejects.toMatchObject({ code: 'invalid' });
  await readModels.dropGeneration(1);
  expect(await databases()).toEqual(['touchstone', 'touchstone_2']);
  await expect(readModels.switchTo(1)).rejects.toMatchObject({
    code: 'invalid',
    message: expect.stringContaining('are: 2'),
  });
  const third = await readModels.createGeneration('{}');
  await readModels.dropGeneration(third.number);
  expect(await readModels.createGeneration('{}')).toMatchObject({ number: 4 });
});

test('what a kill left of a creation is cleared by the next, what it left of a drop by the next start', async () => {
  await readModels.clickhouse.command('CREATE DATABASE touchstone_5');
  await readModels.clickhouse.command(
    'CREATE TABLE touchstone_5.moments (wrong UInt8) ENGINE = MergeTree ORDER BY wrong',
  );
  await readModels.clickhouse.command(
    "INSERT INTO touchstone.migrations (database, name) VALUES ('touchstone_5', '0001_create_moments')",
  );
  expect(await readModels.createGeneration('{}')).toMatchObject({ number: 5 });
  await readModels.writeBatch(5, madeUpBatch(0n, 3n));

  await readModels.clickhouse.command(
    "INSERT INTO touchstone.generations (ordinal, fact, generation) VALUES (99, 'dropped', 5)",
  );
  await readModels.close();
  readModels = await openReadModels(`chdb:${folder}`);
  expect(await databases()).not.toContain('touchstone_5');
  expect(await readModels.currentGeneration()).toMatchObject({ number: 2 });
});

test('generations created at the same moment have numbers of their own', async () => {
  const created = await Promise.all(
    ['{"a":1}', '{"a":2}', '{"a":3}'].map((measures) => readModels.createGeneration(measures)),
  );
  expect(new Set(created.map(({ number }) => number)).size).toBe(3);
  expect(created.map(({ measures }) => measures)).toEqual(['{"a":1}', '{"a":2}', '{"a":3}']);
  for (const { number } of created) await readModels.writeBatch(number, madeUpBatch(0n, 3n));
});

test.skipIf(process.platform !== 'linux')('merging gives way to whoever asks (on Linux)', () => {
  const threads = readdirSync('/proc/self/task').map((thread) =>
    readFileSync(`/proc/self/task/${thread}/stat`, 'utf8'),
  );
  const merging = threads.filter((stat) => stat.includes('(MergeMutate)'));
  expect(merging.length).toBeGreaterThan(0);
  // The nice value, 17th field after the thread's name: 0 is the default, higher is a lower
  // priority.
  for (const stat of merging) expect(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]).toBe('10');
});
