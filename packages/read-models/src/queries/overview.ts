import { stages } from '@touchstone/api/vocabulary';
import { z } from 'zod';
import { count, instant } from '../engine/answer-fields.ts';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { milliseconds } from '../engine/sql-time.ts';
import { byBytes } from '../figures/by-bytes.ts';
import { databaseOf } from '../generations/generations.ts';
import { FEWER_STREAMS } from './fewer-streams.ts';
import type { TrustChangeItem } from './list-trust-changes.ts';

/** The state of the system in a few numbers; each list is sorted and omits zero counts. */
export interface Overview {
  readonly customersByStage: readonly { readonly stage: string; readonly customers: number }[];
  /** Level '' means without a score. */
  readonly journeysByLevel: readonly { readonly level: string; readonly status: string; readonly journeys: number }[];
  readonly promisesByState: readonly { readonly state: string; readonly promises: number }[];
  /** Ordered latest first. */
  readonly latestTrustChanges: readonly TrustChangeItem[];
}

const word = z.string();
const stage = z.enum(stages);

/** A number, the list it belongs to, and its labels. */
const answerRow = z.discriminatedUnion('list', [
  z.object({ list: z.literal('stages'), about: z.tuple([word]), number: count }),
  z.object({ list: z.literal('levels'), about: z.tuple([word, word]), number: count }),
  z.object({ list: z.literal('states'), about: z.tuple([word]), number: count }),
  z.object({
    list: z.literal('changes'),
    about: z.tuple([word, word, stage, stage, word]),
    number: instant,
    satisfaction: z.number().nullable(),
  }),
]);
type AnswerRow = z.infer<typeof answerRow>;

/**
 * One statement, because each one waits for a session and two round trips to this process, and
 * because it reads the tables right after one another, the nearest to one snapshot that the engine
 * offers. The lists are sorted in this process, which costs less than another step in the engine.
 */
const SQL = `
  SELECT 'stages' AS list, [toString(stage)] AS about, toInt64(count()) AS number, NULL AS satisfaction
  FROM {database:Identifier}.customers FINAL GROUP BY stage
  UNION ALL
  SELECT 'levels', [toString(level), toString(status)], toInt64(count()), NULL
  FROM {database:Identifier}.journeys FINAL GROUP BY level, status
  UNION ALL
  SELECT 'states', [toString(state)], toInt64(count()), NULL
  FROM {database:Identifier}.promises FINAL GROUP BY state
  UNION ALL
  SELECT 'changes', [customer_id, leftPad(toString(ordinal), 10, '0'), \`from\`, \`to\`, because], ${milliseconds('at')}, satisfaction
  FROM (SELECT customer_id, ordinal, \`from\`, \`to\`, at, because, satisfaction FROM {database:Identifier}.trust_changes FINAL
        ORDER BY at DESC, customer_id, ordinal LIMIT {latestTrustChanges:UInt32})
  ${FEWER_STREAMS}`;

export async function overview(
  clickhouse: ClickHouse,
  generation: number,
  { latestTrustChanges = 20 }: { readonly latestTrustChanges?: number },
): Promise<Overview> {
  const rows = await clickhouse.query(SQL, { database: databaseOf(generation), latestTrustChanges }, answerRow);
  const stages = rowsOf(rows, 'stages').sort(byWords);
  const levels = rowsOf(rows, 'levels').sort(byWords);
  const states = rowsOf(rows, 'states').sort(byWords);
  const changes = rowsOf(rows, 'changes').sort((one, other) => other.number - one.number || byWords(one, other));
  return {
    customersByStage: stages.map(({ about: [stage], number }) => ({ stage, customers: number })),
    journeysByLevel: levels.map(({ about: [level, status], number }) => ({ level, status, journeys: number })),
    promisesByState: states.map(({ about: [state], number }) => ({ state, promises: number })),
    latestTrustChanges: changes.map(({ about: [customerId, ordinal, from, to, because], number: at, satisfaction }) => {
      return { customerId, ordinal: Number(ordinal), from, to, because, at, satisfaction };
    }),
  };
}

function rowsOf<List extends AnswerRow['list']>(rows: readonly AnswerRow[], list: List) {
  return rows.filter((row): row is Extract<AnswerRow, { list: List }> => row.list === list);
}

/** Compares texts by their bytes, like the engine. */
function byWords(one: AnswerRow, other: AnswerRow): number {
  for (const [i, text] of one.about.entries()) {
    const order = byBytes(text, other.about[i]!);
    if (order !== 0) return order;
  }
  return 0;
}
