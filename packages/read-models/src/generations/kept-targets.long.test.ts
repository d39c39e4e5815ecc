import { expect, test } from 'vitest';
import { z } from 'zod';
import { openedForTest } from '../../testing/opened-for-test.ts';
import { keepTarget, keptTargets } from './kept-targets.ts';

test('the newest content of each target is kept, and nothing that was replaced or deleted', async () => {
  const { clickhouse } = await openedForTest();
  expect(await keptTargets(clickhouse)).toEqual([]);
  await keepTarget(clickhouse, 'ops', '{"secret":"first"}');
  await keepTarget(clickhouse, 'chat', '{"secret":"chat"}');
  await keepTarget(clickhouse, 'ops', '{"secret":"second"}');
  expect(await keptTargets(clickhouse)).toEqual(['{"secret":"chat"}', '{"secret":"second"}']);
  await keepTarget(clickhouse, 'chat', '');
  expect(await keptTargets(clickhouse)).toEqual(['{"secret":"second"}']);
  const left = await clickhouse.query(
    'SELECT content FROM touchstone.targets ORDER BY ordinal',
    {},
    z.object({ content: z.string() }),
  );
  expect(left.map(({ content }) => content)).toEqual(['{"secret":"second"}', '']);
});
