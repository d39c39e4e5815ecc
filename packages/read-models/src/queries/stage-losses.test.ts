import { expect, test } from 'vitest';
import { openedForTest } from '../../testing/opened-for-test.ts';
import { DAY, HOUR, holding } from '../../testing/query-fixtures.ts';
import { T0, trustChangeRow } from '../../testing/row-fixtures.ts';
import { stageLosses } from './stage-losses.ts';

const readModels = await openedForTest();

const move = (customerId: string, ordinal: number, from: string, to: string, at: number, isDeleted = false) =>
  trustChangeRow({ version: 2n, customerId, ordinal, from: from as never, to: to as never, at, isDeleted });

test('losses of a stage count each customer once, among all who were in it at some time of the span', async () => {
  const generation = await holding(readModels, {
    trustChanges: [
      // Stays in it.
      move('stays', 0, 'none', 'affective', T0 - 9 * DAY),
      // Leaves twice within the span.
      move('leaves', 0, 'none', 'affective', T0 - 9 * DAY),
      move('leaves', 1, 'affective', 'none', T0 - 5 * HOUR),
      move('leaves', 2, 'none', 'affective', T0 - 4 * HOUR),
      move('leaves', 3, 'affective', 'cognitive', T0),
      // Leaves upwards.
      move('rises', 0, 'none', 'affective', T0 - 9 * DAY),
      move('rises', 1, 'affective', 'behavioural', T0 - HOUR),
      // Left at the very begin of the span, which does not belong to it.
      move('before', 0, 'none', 'affective', T0 - 9 * DAY),
      move('before', 1, 'affective', 'none', T0 - DAY),
      // Leaves after the span.
      move('after', 0, 'none', 'affective', T0 - 9 * DAY),
      move('after', 1, 'affective', 'none', T0 + 1),
      // News from the past took the move back.
      move('undone', 0, 'none', 'affective', T0 - 9 * DAY),
      move('undone', 1, 'affective', 'none', T0 - HOUR, true),
      // Was never in it.
      move('other', 0, 'none', 'cognitive', T0 - 9 * DAY),
    ],
  });
  const asked = { at: T0, withinMs: DAY } as const;
  expect(await stageLosses(readModels.clickhouse, generation, { stage: 'affective', ...asked })).toEqual({
    left: 1,
    members: 5,
  });
  expect(await stageLosses(readModels.clickhouse, generation, { stage: 'behavioural', ...asked })).toEqual({
    left: 0,
    members: 1,
  });
});
