import type { Asked, endpoints, Told } from '@touchstone/api';
import { z } from 'zod';
import { count } from '../../engine/answer-fields.ts';
import { rateOf } from '../../figures/rate.ts';
import { conditions } from '../../queries/conditions.ts';
import { PROMISE_DIMENSIONS } from '../../queries/list-promises.ts';
import type { RowsContext } from '../rows-context.ts';
import { splitFields, splitRows } from '../split-rows.ts';

const figures = z.object({
  made: count,
  open: count,
  kept: count,
  keptLate: count,
  broken: count,
  withdrawn: count,
  medianLateMs: z.number().nullable(),
});

const NOTHING = { made: 0, open: 0, kept: 0, keptLate: 0, broken: 0, withdrawn: 0, medianLateMs: null };

type Report = Told<typeof endpoints.getPromisesReport>;

/**
 * How promises that fell due were kept.
 * @throws ReadModelError `too-much` for more rows than an answer holds.
 */
export async function promisesReport(
  asked: Asked<typeof endpoints.getPromisesReport>,
  context: RowsContext,
): Promise<Report> {
  const { by = [], bucket, expected } = asked;
  const wanted = conditions();
  wanted.add('expected = {expected:Bool}', { expected });
  const { span, rows } = await splitRows(
    asked,
    {
      table: '{database:Identifier}.promises FINAL',
      time: 'due_at',
      wanted,
      by: by.map((name) => PROMISE_DIMENSIONS[name]),
      figures: `count() AS made, countIf(state = 'open') AS open, countIf(state = 'kept') AS kept,
        countIf(state = 'kept-late') AS keptLate, countIf(state = 'broken') AS broken, countIf(state = 'withdrawn') AS withdrawn,
        quantileExactInclusiveIf(0.5)(toUnixTimestamp64Milli(closed_at) - toUnixTimestamp64Milli(due_at), state = 'kept-late') AS medianLateMs`,
      row: figures,
    },
    context,
  );
  return {
    ...span,
    rows: rows.map((row) => {
      const { made, open, kept, keptLate, broken, withdrawn, medianLateMs } = row.figures ?? NOTHING;
      const keeping = rateOf(kept, kept + keptLate + broken);
      const figures = { made, open, kept, keptLate, broken, withdrawn, keeping, medianLateMs };
      return { ...splitFields(by, bucket, row), ...figures } as Report['rows'][number];
    }),
  };
}
