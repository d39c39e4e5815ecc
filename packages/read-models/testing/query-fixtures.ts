/** For tests of queries: tables with given rows, and listings read to their end. */

import type { ReadModels } from '../src/read-models.ts';
import type { Rows } from '../src/tables.ts';
import { batch, T0 } from './row-fixtures.ts';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/**
 * Creates a generation with these rows, and an older version of every replaceable row, which no
 * query may show.
 */
export async function holding(readModels: ReadModels, rows: Partial<Rows>): Promise<number> {
  const { number } = await readModels.createGeneration('{}');
  const older = <Row extends { version: bigint }>(all: readonly Row[] = []) =>
    all.map((row) => ({ ...row, version: 0n }));
  await readModels.writeBatch(
    number,
    batch(0n, 1n, {
      journeys: older(rows.journeys).map((row) => ({ ...row, score: 1, status: 'open', touchpoints: ['stale'] })),
      customers: older(rows.customers).map((row) => ({ ...row, stage: 'none', satisfaction: 1, nextDueAt: T0 - DAY })),
      promises: older(rows.promises).map((row) => ({ ...row, state: 'open', dueAt: T0 - DAY })),
      complaints: older(rows.complaints).map((row) => ({ ...row, resolvedAt: T0 })),
      trustChanges: older(rows.trustChanges).map((row) => ({ ...row, because: 'stale', isDeleted: false })),
    }),
  );
  await readModels.writeBatch(number, batch(1n, 2n, rows));
  return number;
}

/** Reads all items of a listing, page by page. */
export async function walk<Item>(
  ask: (cursor: string | undefined) => Promise<{ items: readonly Item[]; nextCursor: string | null }>,
): Promise<Item[]> {
  const items: Item[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await ask(cursor);
    items.push(...page.items);
    if (page.nextCursor === null) return items;
    cursor = page.nextCursor;
  }
}
