import { beforeAll, describe, expect, it } from 'vitest';
import { openedForTest } from '../../testing/opened-for-test.ts';
import {
  batch,
  complaintRow,
  customerRow,
  journeyRow,
  momentRow,
  promiseRow,
  T0,
  trustChangeRow,
} from '../../testing/row-fixtures.ts';
import type { ReadModels } from '../read-models.ts';
import { compareCustomers, mostChangedCustomers } from './compare-customers.ts';
import { compareJourneys, mostChangedJourneys } from './compare-journeys.ts';
import { comparedTables, compareTable, differingCustomers, momentsHeld } from './compare-tables.ts';

let readModels: ReadModels;
beforeAll(async () => {
  readModels = await openedForTest();
});

const rows = {
  moments: [momentRow({ position: 1n }), momentRow({ position: 2n, score: null, weight: null })],
  customers: [customerRow({ version: 2n }), customerRow({ version: 2n, customerId: 'ben', satisfaction: 80 })],
  journeys: [
    journeyRow({ version: 2n, attributes: { colour: 'red' } }),
    journeyRow({ version: 2n, customerId: 'ben', score: null, level: '' }),
  ],
  promises: [promiseRow({ version: 2n })],
  complaints: [complaintRow({ version: 2n })],
  trustChanges: [trustChangeRow({ version: 2n }), trustChangeRow({ version: 2n, ordinal: 1 })],
};

async function filled(given: Parameters<typeof batch>[2], later?: Parameters<typeof batch>[2]): Promise<number> {
  const { number } = await readModels.createGeneration('{}');
  await readModels.writeBatch(number, batch(0n, 2n, given));
  if (later !== undefined) await readModels.writeBatch(number, batch(2n, 5n, later));
  return number;
}
const at = (generation: number) => ({ generation, upTo: 2n });
const times = { now: T0, purchaseDaysBefore: 365, purchaseDaysAfter: 365 };
const compared = async (before: number, after: number) => ({ before: at(before), after: at(after) });

describe('two generations', () => {
  it('that hold the same differ in nothing, whatever the versions of their rows', async () => {
    const other = { ...rows, journeys: rows.journeys.map((row) => ({ ...row, version: 1n })) };
    const pair = await compared(await filled(rows), await filled(other));
    for (const table of comparedTables) {
      const expected = { onlyBefore: 0, onlyAfter: 0, differing: 0, leftOut: 0 };
      const length = rows[table].length;
      expect(await compareTable(readModels.clickhouse, table, pair), table).toEqual({
        ...expected,
        before: length,
        after: length,
      });
      expect(await differingCustomers(readModels.clickhouse, table, pair, { limit: 10 })).toEqual([]);
    }
    expect(await momentsHeld(readModels.clickhouse, pair.after)).toEqual(
      await momentsHeld(readModels.clickhouse, pair.before),
    );
    expect(await mostChangedJourneys(readModels.clickhouse, pair, { limit: 10 })).toEqual([]);
    expect(await mostChangedCustomers(readModels.clickhouse, pair, { limit: 10, ...times })).toEqual([]);
  });

  it('differ in each row that is missing, more, or has other content', async () => {
    const pair = await compared(
      await filled(rows),
      await filled({
        ...rows,
        customers: [customerRow({ version: 2n, customerId: 'ben', satisfaction: 60, stage: 'cognitive' })],
        journeys: [
          journeyRow({ version: 2n, attributes: { colour: 'blue' } }),
          journeyRow({ version: 2n, customerId: 'ben', score: null, level: '' }),
          journeyRow({ version: 2n, customerId: 'zoe' }),
        ],
        trustChanges: [trustChangeRow({ version: 1n }), trustChangeRow({ version: 2n, isDeleted: true })],
      }),
    );
    const { clickhouse } = readModels;
    expect(await compareTable(clickhouse, 'customers', pair)).toMatchObject({ onlyBefore: 1, differing: 1, after: 1 });
    expect(await compareTable(clickhouse, 'journeys', pair)).toMatchObject({ onlyAfter: 1, differing: 1, before: 2 });
    expect(await compareTable(clickhouse, 'trustChanges', pair)).toMatchObject({ onlyBefore: 2, before: 2, after: 0 });
    expect((await differingCustomers(clickhouse, 'journeys', pair, { limit: 10 })).sort()).toEqual(['anna', 'zoe']);
    expect(await compareCustomers(clickhouse, pair, times)).toEqual([
      {
        stageBefore: 'none',
        stageAfter: 'cognitive',
        loyaltyBefore: 'none',
        loyaltyAfter: 'none',
        customers: 1,
        quietlyLeavingBefore: 0,
        quietlyLeavingAfter: 0,
        satisfactionChanged: 1,
        measured: 1,
        satisfactionSumBefore: 80,
        satisfactionSumAfter: 60,
      },
    ]);
  });

  it('are compared as they stood: what moved on since, on either side, is left out', async () => {
    const before = await filled(rows, {
      customers: [customerRow({ version: 5n, satisfaction: 10 })],
      journeys: [journeyRow({ version: 5n, score: 10 }), journeyRow({ version: 5n, journeyId: 'new' })],
      trustChanges: [trustChangeRow({ version: 5n, isDeleted: true })],
      moments: [momentRow({ position: 5n })],
    });
    const after = await filled(rows, { customers: [customerRow({ version: 4n, customerId: 'ben', satisfaction: 1 })] });
    const pair = await compared(before, after);
    const { clickhouse } = readModels;
    const same = { onlyBefore: 0, onlyAfter: 0, differing: 0 };
    expect(await compareTable(clickhouse, 'customers', pair)).toEqual({ ...same, before: 0, after: 0, leftOut: 2 });
    expect(await compareTable(clickhouse, 'journeys', pair)).toEqual({ ...same, before: 1, after: 1, leftOut: 2 });
    expect(await compareTable(clickhouse, 'trustChanges', pair)).toEqual({ ...same, before: 1, after: 1, leftOut: 1 });
    expect((await momentsHeld(clickhouse, pair.before)).moments).toBe(2);
    expect(await compareJourneys(clickhouse, pair)).toMatchObject([{ levelBefore: '', journeys: 1, scored: 0 }]);
  });

  it('say which journeys and customers change most', async () => {
    const many = (scores: readonly number[], stages: readonly ('none' | 'affective' | 'cognitive')[]) => ({
      journeys: scores.map((score, i) => journeyRow({ version: 2n, journeyId: `j${i}`, score })),
      customers: stages.map((stage, i) =>
        customerRow({ version: 2n, customerId: `c${i}`, stage, satisfaction: scores[i]! }),
      ),
    });
    const pair = await compared(
      await filled(many([70, 70, 70, 70], ['none', 'none', 'none', 'none'])),
      await filled(many([70, 75, 0, 70 + 1e-10], ['none', 'none', 'cognitive', 'affective'])),
    );
    const journeys = await mostChangedJourneys(readModels.clickhouse, pair, { limit: 10 });
    expect(journeys.map(({ journeyId }) => journeyId)).toEqual(['j2', 'j1']);
    const customers = await mostChangedCustomers(readModels.clickhouse, pair, { limit: 10, ...times });
    expect(customers.map(({ customerId }) => customerId)).toEqual(['c3', 'c2', 'c1']);
    expect(await compareJourneys(readModels.clickhouse, pair)).toMatchObject([
      { type: 'order', journeys: 4, scoreChanged: 2, scored: 4, scoreSumBefore: 280 },
    ]);
  });

  it('tell loyalty as a list at that time shows it, each side by its own idea of a recent purchase', async () => {
    const DAY = 86_400_000;
    const buyer = customerRow({ version: 2n, attitude: true, satisfied: true, nthLastPurchaseAt: T0 - 100 * DAY });
    const pair = await compared(await filled({ customers: [buyer] }), await filled({ customers: [buyer] }));
    const given = { ...times, purchaseDaysAfter: 90 };
    const changed = { loyaltyBefore: 'true', loyaltyAfter: 'latent' };
    expect(await compareCustomers(readModels.clickhouse, pair, given)).toMatchObject([changed]);
    expect(await mostChangedCustomers(readModels.clickhouse, pair, { limit: 10, ...given })).toMatchObject([
      { customerId: 'anna', ...changed },
    ]);
    expect(await mostChangedCustomers(readModels.clickhouse, pair, { limit: 10, ...times })).toEqual([]);
  });
});
