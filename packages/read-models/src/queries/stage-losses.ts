import { type Stage, stages } from '@touchstone/api/vocabulary';
import { z } from 'zod';
import { count } from '../engine/answer-fields.ts';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { timeParameter } from '../engine/sql-time.ts';
import { databaseOf } from '../generations/generations.ts';

/** Customers who left a stage downwards in a span, and all who were in it at some time of it. */
export interface StageLosses {
  readonly left: number;
  readonly members: number;
}

const lossesRow = z.object({ left: count, members: count });

/** Counts over (at − withinMs, at], ms since 1970, by the histories as they stand now. */
export async function stageLosses(
  clickhouse: ClickHouse,
  generation: number,
  { stage, at, withinMs }: { readonly stage: Stage; readonly at: number; readonly withinMs: number },
): Promise<StageLosses> {
  const below = stages.slice(0, stages.indexOf(stage));
  const isInside = `at > ${timeParameter('since')}`;
  const [row] = await clickhouse.query(
    `SELECT countIf(losses > 0) AS left, countIf(moves > 0 OR last = {stage:String}) AS members
     FROM (SELECT countIf(${isInside} AND \`from\` = {stage:String} AND has(splitByChar(',', {below:String}), \`to\`)) AS losses,
                  countIf(${isInside} AND (\`from\` = {stage:String} OR \`to\` = {stage:String})) AS moves,
                  argMax(\`to\`, ordinal) AS last
           FROM {database:Identifier}.trust_changes FINAL WHERE at <= ${timeParameter('at')} GROUP BY customer_id)`,
    {
      database: databaseOf(generation),
      stage,
      below: below.join(','),
      at,
      since: at - withinMs,
    },
    lossesRow,
  );
  return row!;
}
