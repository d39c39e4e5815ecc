import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openReadModels, type ReadModels } from '../read-models.ts';
import { type RebuildClaim, SILENT_MS } from './claim-rebuild.ts';

const folder = mkdtempSync(join(tmpdir(), 'touchstone-'));
let readModels: ReadModels;
beforeAll(async () => {
  readModels = await openReadModels(`chdb:${folder}`);
  const { number } = await readModels.createGeneration('{}');
  await readModels.switchTo(number);
});
afterAll(async () => {
  await readModels.close();
  rmSync(folder, { recursive: true, force: true });
});

async function claimed(): Promise<RebuildClaim> {
  const asked = await readModels.claimRebuild();
  if ('underWay' in asked) throw new Error(`generation ${asked.underWay.generation} is being rebuilt`);
  return asked.claim;
}

const inForce = async () => (await readModels.currentGeneration())?.number;

/** Simulates that `ms` have passed. */
async function later(ms: number): Promise<void> {
  await readModels.clickhouse.command(
    `ALTER TABLE touchstone.rebuilds UPDATE at = subtractMilliseconds(at, ${ms}) WHERE 1 SETTINGS mutations_sync = 1`,
  );
}

test('of those who ask at the same moment one may rebuild, and the others learn which generation and since when', async () => {
  for (let round = 0; round < 5; round++) {
    const answers = await Promise.all(Array.from({ length: 4 }, () => readModels.claimRebuild()));
    const claims = answers.flatMap((answer) => ('claim' in answer ? [answer.claim] : []));
    expect(claims).toHaveLength(1);
    const claim = claims[0]!;
    const asked = await readModels.claimRebuild();
    expect(asked).toMatchObject({ underWay: { generation: claim.generation } });
    const { since, silentAt } = 'underWay' in asked ? asked.underWay : { since: 0, silentAt: 0 };
    expect(silentAt - since).toBeGreaterThanOrEqual(SILENT_MS);
    await claim.end();
  }
});

test('one that lives is not taken over, however long it takes', async () => {
  const claim = await claimed();
  await later(SILENT_MS - 5_000);
  await claim.renew();
  await later(SILENT_MS - 5_000);
  expect(await readModels.claimRebuild()).toMatchObject({ underWay: { generation: claim.generation } });
  await claim.end();
});

test('one that has fallen silent is taken over, and should it wake it can neither go on nor switch', async () => {
  const before = (await inForce())!;
  const asleep = await claimed();
  await asleep.create('{}');
  await later(SILENT_MS);
  const claim = await claimed();
  expect(claim.abandoned).toEqual([asleep.generation]);
  await expect(asleep.renew()).rejects.toMatchObject({ code: 'fenced' });
  await expect(asleep.switchFrom(before)).rejects.toMatchObject({ code: 'fenced' });
  expect(await inForce()).toBe(before);

  await claim.create('{"policy":1}');
  await claim.switchFrom(before);
  await claim.end();
  expect(await readModels.currentGeneration()).toMatchObject({ number: claim.generation, measures: '{"policy":1}' });
  await expect(asleep.switchFrom(before)).rejects.toMatchObject({ code: 'fenced' });
  await readModels.dropGeneration(asleep.generation);
});

test('nobody switches from a generation that does not answer any more', async () => {
  const before = (await inForce())!;
  const claim = await claimed();
  await claim.create('{}');
  const other = await readModels.createGeneration('{}');
  await readModels.switchTo(other.number);
  await expect(claim.switchFrom(before)).rejects.toMatchObject({ code: 'fenced' });
  expect(await inForce()).toBe(other.number);
  await claim.switchFrom(other.number);
  expect(await inForce()).toBe(claim.generation);
  await claim.end();
});
