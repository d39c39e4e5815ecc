import { beforeAll, expect, test } from 'vitest';
import { openedForTest } from '../../testing/opened-for-test.ts';
import { batch, momentRow, parkedRow } from '../../testing/row-fixtures.ts';
import type { ReadModels } from '../read-models.ts';
import { projectedByRange } from './projected-by-range.ts';
import { projectedPositions } from './projected-positions.ts';

let readModels: ReadModels;
let generation: number;
/** Positions beyond the range of a double, as EventStoreDB may issue them. */
const P0 = 9_007_199_254_740_992n;
const moment = (n: bigint, source: string) => momentRow({ position: P0 + n, eventId: `e${n}`, source });
const parked = (n: bigint, source: string) => parkedRow({ position: P0 + n, eventId: `e${n}`, source });

beforeAll(async () => {
  readModels = await openedForTest();
  generation = (await readModels.createGeneration('{}')).number;
  await readModels.writeBatch(
    generation,
    batch(0n, P0 + 9n, {
      moments: [moment(1n, '/a'), moment(2n, '/b'), moment(3n, '/a'), moment(5n, '/a'), moment(5n, '/a')],
      parked: [parked(4n, '/a'), parked(4n, '/a'), parked(9n, "/o'd\\d")],
    }),
  );
});

test('events are counted by source in the ranges in which they lie, exactly at their ends', async () => {
  const rows = await projectedByRange(readModels.clickhouse, generation, {
    after: [P0, P0 + 2n, P0 + 4n],
    upTo: P0 + 8n,
    modulus: 1000,
  });
  const sum = (...positions: bigint[]) => positions.reduce((total, n) => total + Number((P0 + n) % 1000n), 0);
  expect(rows.sort((a, b) => Number(a.after - b.after) || (a.source < b.source ? -1 : 1))).toEqual([
    { after: P0, source: '/a', moments: 1, parked: 0, cut: 0, checksum: sum(1n) },
    { after: P0, source: '/b', moments: 1, parked: 0, cut: 0, checksum: sum(2n) },
    { after: P0 + 2n, source: '/a', moments: 1, parked: 1, cut: 0, checksum: sum(3n, 4n) },
    { after: P0 + 4n, source: '/a', moments: 2, parked: 0, cut: 0, checksum: sum(5n, 5n) },
  ]);
});

test('the events of a source are named with how often they are there, in the order of the log', async () => {
  const ask = (given: { after: bigint; source: string; rowsMax: number }) =>
    projectedPositions(readModels.clickhouse, generation, { upTo: P0 + 9n, ...given });
  const first = await ask({ after: P0, source: '/a', rowsMax: 3 });
  expect(first.map(({ position, eventId, rows }) => [position - P0, eventId, rows])).toEqual([
    [1n, 'e1', 1],
    [3n, 'e3', 1],
    [4n, 'e4', 1],
  ]);
  const rest = await ask({ after: P0 + 4n, source: '/a', rowsMax: 3 });
  expect(rest).toEqual([{ position: P0 + 5n, eventId: 'e5', customerId: 'anna', rows: 2, isCut: false }]);
  expect(await ask({ after: P0, source: "/o'd\\d", rowsMax: 3 })).toHaveLength(1);
});
