import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import type { ClickHouse, ExportFormat } from './clickhouse.ts';
import { openClickHouse } from './open-clickhouse.ts';

const folder = mkdtempSync(join(tmpdir(), 'touchstone-'));
beforeAll(() => () => rmSync(folder, { recursive: true, force: true }));

async function opened(exportTimeMaxMs: number | null): Promise<ClickHouse> {
  const limits = { timeMaxMs: null, memoryMaxBytes: null, exportTimeMaxMs };
  const clickhouse = await openClickHouse(`chdb:${folder}`, limits);
  onTestFinished(() => clickhouse.close());
  return clickhouse;
}

/** A row a second, for longer than any test runs. */
const SLOW = 'SELECT number, sleepEachRow(1) AS slept FROM numbers(1000) SETTINGS max_block_size = 1, max_threads = 1';
const anna = { name: 'anna', signal: new AbortController().signal };

async function reading(clickhouse: ClickHouse, format: ExportFormat, begun?: () => void): Promise<void> {
  for await (const _ of clickhouse.export(anna, [{ sql: SLOW, params: {}, format }])) begun?.();
}

test.each(['JSONEachRow', 'Parquet'] as const)(
  'an export as %s ends at its time, and leaves no file',
  async (format) => {
    const clickhouse = await opened(1_500);
    await expect(reading(clickhouse, format)).rejects.toMatchObject({ code: 'too-costly' });
    expect(readdirSync(join(folder, 'outgoing'))).toEqual([]);
  },
);

test('a read model that is closed ends its exports first, and begins none', async () => {
  const clickhouse = await opened(null);
  let begin: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const asked = expect(reading(clickhouse, 'JSONEachRow', begin)).rejects.toMatchObject({ reason: 'left' });
  await begun;
  await clickhouse.close();
  await asked;
  await expect(reading(clickhouse, 'JSONEachRow')).rejects.toMatchObject({ code: 'closed' });
});
