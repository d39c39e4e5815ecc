import { z } from 'zod';
import { count } from '../answer-fields.ts';
import type { ClickHouse } from '../clickhouse.ts';
import { databaseOf } from '../generations.ts';
import { listTrustChanges, type TrustChangeItem } from './list-trust-changes.ts';

export const overviewParams = z.strictObject({
  latestTrustChanges: z.number().int().min(1).max(500).default(20),
});

const stageRow = z.object({ stage: z.string(), customers: count });
const levelRow = z.object({ level: z.string(), status: z.string(), journeys: count });
const promiseRow = z.object({ state: z.string(), promises: count });

/** The state of everything in a few numbers. What nobody is in has no row. */
export interface Overview {
  readonly customersByStage: readonly z.infer<typeof stageRow>[];
  /** Level '' is without a score. */
  readonly journeysByLevel: readonly z.infer<typeof levelRow>[];
  readonly promisesByState: readonly z.infer<typeof promiseRow>[];
  readonly latestTrustChanges: readonly TrustChangeItem[];
}

export async function overview(
  clickhouse: ClickHouse,
  generation: number,
  given: z.input<typeof overviewParams>,
): Promise<Overview> {
  const { latestTrustChanges } = overviewParams.parse(given);
  const database = databaseOf(generation);
  const [customersByStage, journeysByLevel, promisesByState, latest] = await Promise.all([
    clickhouse.query(
      `SELECT stage, count() AS customers FROM {database:Identifier}.customers FINAL GROUP BY stage ORDER BY stage`,
      { database },
      stageRow,
    ),
    clickhouse.query(
      `SELECT level, status, count() AS journeys FROM {database:Identifier}.journeys FINAL
       GROUP BY level, status ORDER BY level, status`,
      { database },
      levelRow,
    ),
    clickhouse.query(
      `SELECT state, count() AS promises FROM {database:Identifier}.promises FINAL GROUP BY state ORDER BY state`,
      { database },
      promiseRow,
    ),
    listTrustChanges(clickhouse, generation, { limit: latestTrustChanges }),
  ]);
  return { customersByStage, journeysByLevel, promisesByState, latestTrustChanges: latest.items };
}
