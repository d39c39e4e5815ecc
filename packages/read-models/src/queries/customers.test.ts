import { beforeAll, describe, expect, test } from 'vitest';
import { openedForTest } from '../../testing/opened-for-test.ts';
import { DAY, holding, walk } from '../../testing/query-fixtures.ts';
import { customerRow, T0 } from '../../testing/row-fixtures.ts';
import type { ClickHouse } from '../engine/clickhouse.ts';
import type { ReadModels } from '../read-models.ts';
import { listCustomers } from './list-customers.ts';

let readModels: ReadModels;
let clickhouse: ClickHouse;
beforeAll(async () => {
  readModels = await openedForTest();
  clickhouse = readModels.clickhouse;
});

describe('customers', () => {
  const now = T0 + 1000 * DAY;
  const recent = now - 10 * DAY;
  const past = now - 365 * DAY;
  let generation: number;
  beforeAll(async () => {
    generation = await holding(readModels, {
      customers: [
        customerRow({
          customerId: 'true',
          attitude: true,
          nthLastPurchaseAt: recent,
          satisfied: true,
          satisfaction: 90,
          since: T0 + 1,
        }),
        customerRow({
          customerId: 'latent',
          attitude: true,
          nthLastPurchaseAt: past,
          satisfied: true,
          satisfaction: 80,
        }),
        customerRow({
          customerId: 'spurious',
          nthLastPurchaseAt: past + 1,
          satisfaction: 50,
          stage: 'cognitive',
          since: T0,
        }),
        customerRow({ customerId: 'none', satisfied: true, satisfaction: 70, silenceMs: now - T0 }),
        customerRow({ customerId: 'dissatisfied', satisfaction: 20 }),
        customerRow({
          customerId: 'silent',
          ...{ attitude: true, nthLastPurchaseAt: recent, satisfied: true, satisfaction: 85 },
          lastMomentAt: now - 11,
          silenceMs: 10.5,
        }),
        customerRow({
          customerId: 'in-time',
          ...{ attitude: true, nthLastPurchaseAt: recent, satisfied: true, satisfaction: 84 },
          lastMomentAt: now - 10,
          silenceMs: 10,
        }),
        customerRow({
          customerId: 'buyer',
          ...{ satisfied: true, satisfaction: 90, silenceMs: 10 },
          ...{ lastMomentAt: now - 500, lastPurchaseAt: now - 10 },
        }),
        customerRow({
          customerId: 'ahead',
          ...{ satisfied: true, satisfaction: 90, silenceMs: 10 },
          ...{ lastMomentAt: now, lastAt: now + 11 },
        }),
        customerRow({ customerId: 'new', lastMomentAt: null, lastAt: T0 + 5 }),
      ],
    });
  });
  const ask = (given: Omit<Parameters<typeof listCustomers>[2], 'now' | 'purchaseDays'>) =>
    listCustomers(clickhouse, generation, { now, purchaseDays: 365, sort: 'id', ...given });
  const ids = async (given: Parameters<typeof ask>[0]) => (await ask(given)).items.map((row) => row.id);

  test('are loyal by attitude and by what they bought of late, as of now', async () => {
    expect(await ids({ loyalty: 'true' })).toEqual(['in-time', 'silent', 'true']);
    expect(await ids({ loyalty: 'latent' })).toEqual(['latent']);
    expect(await ids({ loyalty: 'spurious' })).toEqual(['spurious']);
    expect(await ids({ loyalty: 'none' })).toEqual(['ahead', 'buyer', 'dissatisfied', 'new', 'none']);
    const earlier = { now: now - 1, purchaseDays: 365, customerId: 'latent' };
    const { items } = await listCustomers(clickhouse, generation, {
      now: earlier.now,
      purchaseDays: 365,
      loyalty: 'true',
    });
    expect(items.map((row) => row.id)).toContain('latent');
  });

  test('leave quietly if satisfied and silent for longer than is their way, whether moment or purchase was last', async () => {
    expect(await ids({ quietlyLeaving: true })).toEqual(['ahead', 'silent']);
    expect(await ids({ quietlyLeaving: false })).toEqual([
      'buyer',
      'dissatisfied',
      'in-time',
      'latent',
      'new',
      'none',
      'spurious',
      'true',
    ]);
    const later = await listCustomers(clickhouse, generation, {
      ...{ now: now + 1, purchaseDays: 365, sort: 'id', quietlyLeaving: true },
    });
    expect(later.items.map((row) => row.id)).toEqual(['ahead', 'buyer', 'in-time', 'none', 'silent']);
  });

  test('are filtered by stage and satisfaction, and come with every field', async () => {
    expect(await ids({ minSatisfaction: 80, maxSatisfaction: 84 })).toEqual(['in-time', 'latent']);
    expect((await ask({ stage: 'cognitive' })).items).toEqual([
      {
        ...{ id: 'spurious', stage: 'cognitive', since: T0, satisfaction: 50, loyalty: 'spurious' },
        ...{ quietlyLeaving: false, satisfiedMoments: 0, streak: 0, delights: 0, purchases: 0, incidents: 0 },
        ...{ journeys: 1, moments: 1, firstAt: T0, lastAt: T0 },
      },
    ]);
  });

  test('walked page by page come once each, in every order', async () => {
    const sorts: NonNullable<Parameters<typeof ask>[0]['sort']>[] = [
      'id',
      '-id',
      'satisfaction',
      '-satisfaction',
      'since',
      '-since',
      'lastAt',
      '-lastAt',
    ];
    for (const sort of sorts) {
      const whole = (await ask({ sort })).items;
      expect(whole.length).toBe(10);
      expect(await walk((cursor) => ask({ sort, limit: 3, cursor }))).toEqual(whole);
    }
    expect((await ids({ sort: '-id' }))[0]).toBe('true');
    expect((await ids({ sort: 'since' })).slice(0, 2)).toEqual(['spurious', 'true']);
  });
});
