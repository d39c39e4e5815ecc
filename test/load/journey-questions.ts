import { endpoints } from '@touchstone/api';
import { durations, funnel, paths, type QuestionContext, variants } from '@touchstone/read-models/questions';
import type { ChdbConnection } from 'chdb/connection';
import { type BenchRow, interleaved, medianMs } from './measure.ts';
import { askEngine, GENERATION, postedTo, statementsOf } from './own-statements.ts';
import { type Postgres, postgresMissing, startPostgres } from './postgres.ts';

/** How often each question is asked per round, and rounds: PostgreSQL takes seconds for one. */
const TURNS = 1;
const ROUNDS = 3;
/** Rows of one COPY into PostgreSQL. */
const COPIED = 500_000;

/** A question about all journeys: its body, what the product asks the engine, the same in SQL. */
interface JourneyQuestion {
  readonly name: 'funnel' | 'paths' | 'variants' | 'durations';
  readonly body: object;
  readonly ask: (context: QuestionContext) => Promise<unknown>;
  readonly postgres: string;
  /** The figures that both must agree on. */
  readonly told: (answer: never) => readonly (readonly (string | number)[])[];
}

const STEPS = ['shop.searched', 'checkout.completed', 'delivery.received'] as const;
const [FIRST, SECOND, THIRD] = STEPS;

/**
 * The statements for PostgreSQL are what one would write: window functions and aggregates over a
 * table of moments with an index that covers them in the order of the steps of a case.
 */
const questions: readonly JourneyQuestion[] = [
  {
    name: 'funnel',
    body: { steps: STEPS },
    ask: (context) => funnel(endpoints.askFunnel.body.parse({ steps: STEPS }), context),
    told: ({ groups: [{ steps }] }: { groups: [{ steps: { journeys: number; medianMsFromPrevious: number }[] }] }) =>
      steps.map(({ journeys, medianMsFromPrevious }, at) => [at + 1, journeys, medianMsFromPrevious ?? '']),
    postgres: `WITH first AS (
        SELECT DISTINCT ON (customer_id, journey_id) customer_id, journey_id, time, position FROM moments
        WHERE touchpoint = '${FIRST}' ORDER BY customer_id, journey_id, time, position),
      second AS (
        SELECT DISTINCT ON (customer_id, journey_id) customer_id, journey_id, m.time, m.position, m.time - f.time AS took
        FROM first f JOIN moments m USING (customer_id, journey_id)
        WHERE touchpoint = '${SECOND}' AND (m.time, m.position) > (f.time, f.position)
        ORDER BY customer_id, journey_id, m.time, m.position),
      third AS (
        SELECT DISTINCT ON (customer_id, journey_id) customer_id, journey_id, m.time - s.time AS took
        FROM second s JOIN moments m USING (customer_id, journey_id)
        WHERE touchpoint = '${THIRD}' AND (m.time, m.position) > (s.time, s.position)
        ORDER BY customer_id, journey_id, m.time, m.position),
      reached AS (
        SELECT 1 AS step, customer_id, journey_id, NULL::bigint AS took FROM first
        UNION ALL SELECT 2, customer_id, journey_id, took FROM second
        UNION ALL SELECT 3, customer_id, journey_id, took FROM third)
      SELECT step, count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY took), avg(score),
        count(*) FILTER (WHERE status = 'open')
      FROM reached JOIN journeys USING (customer_id, journey_id) GROUP BY step ORDER BY step`,
  },
  {
    name: 'paths',
    body: {},
    ask: (context) => paths(endpoints.askPaths.body.parse({}), context),
    told: ({ edges }: { edges: { from: string; to: string; count: number; medianMs: number | null }[] }) =>
      edges
        .filter(({ from, to }) => from !== '(start)' && to !== '(end)' && to !== '(open)')
        .map(({ from, to, count, medianMs }) => [from, to, count, medianMs ?? '']),
    postgres: `WITH steps AS (
        SELECT customer_id, journey_id, touchpoint, time,
          lead(touchpoint) OVER w AS next, lead(time) OVER w - time AS took
        FROM moments WINDOW w AS (PARTITION BY customer_id, journey_id ORDER BY time, position))
      SELECT touchpoint, next, count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY took),
        count(DISTINCT journey_id)
      FROM steps WHERE next IS NOT NULL GROUP BY touchpoint, next
      ORDER BY 3 DESC, touchpoint, next`,
  },
  {
    name: 'variants',
    body: { limit: 20 },
    ask: (context) => variants(endpoints.askVariants.body.parse({ limit: 20 }), context),
    told: ({ items }: { items: { labels: string[]; count: number; medianMs: number }[] }) =>
      items.map(({ labels, count, medianMs }) => [labels.join(','), count, medianMs]),
    postgres: `WITH cases AS (
        SELECT customer_id, journey_id, array_agg(touchpoint ORDER BY time, position) AS labels,
          max(time) - min(time) AS took
        FROM moments GROUP BY customer_id, journey_id)
      SELECT array_to_string(labels, ','), count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY took), avg(score),
        count(*) FILTER (WHERE failures > 0), count(*) FILTER (WHERE status <> 'open')
      FROM cases JOIN journeys USING (customer_id, journey_id)
      GROUP BY labels ORDER BY 2 DESC, labels LIMIT 20`,
  },
  {
    name: 'durations',
    body: { from: FIRST, to: THIRD },
    ask: (context) => durations(endpoints.askDurations.body.parse({ from: FIRST, to: THIRD }), context),
    told: ({ groups: [group] }: { groups: [{ cases: number; arrived: number; quantilesMs: { p50: number } }] }) => [
      [group.cases, group.arrived, group.quantilesMs.p50],
    ],
    postgres: `WITH first AS (
        SELECT DISTINCT ON (customer_id, journey_id) customer_id, journey_id, time, position FROM moments
        WHERE touchpoint = '${FIRST}' ORDER BY customer_id, journey_id, time, position),
      waits AS (
        SELECT f.customer_id, f.journey_id, min(m.time) - min(f.time) AS took
        FROM first f LEFT JOIN moments m ON m.customer_id = f.customer_id AND m.journey_id = f.journey_id
          AND m.touchpoint = '${THIRD}' AND (m.time, m.position) > (f.time, f.position)
        GROUP BY f.customer_id, f.journey_id)
      SELECT count(*), count(took), percentile_cont(0.5) WITHIN GROUP (ORDER BY took), avg(took),
        percentile_cont(ARRAY[0.1, 0.25, 0.75, 0.9, 0.99]) WITHIN GROUP (ORDER BY took),
        count(*) FILTER (WHERE took IS NULL AND status = 'open')
      FROM waits JOIN journeys USING (customer_id, journey_id)`,
  },
];

/**
 * Measures questions about all journeys: each route against its own statements straight on the
 * engine, and against PostgreSQL 15 over the same rows. Their figures must agree.
 */
export async function benchJourneyQuestions(
  url: string,
  engine: ChdbConnection,
  isWhole: boolean,
): Promise<BenchRow[]> {
  const missing = postgresMissing();
  if (missing !== null) console.log(`questions: not compared with PostgreSQL: ${missing}`);
  const postgres = missing === null ? await startPostgres() : undefined;
  try {
    if (postgres !== undefined) await fill(postgres, engine);
    const rows: BenchRow[] = [];
    for (const question of questions) rows.push(...(await measured(question, url, engine, postgres, isWhole)));
    return rows;
  } finally {
    await postgres?.stop();
  }
}

async function measured(
  { name, body, ask, postgres: sql, told }: JourneyQuestion,
  url: string,
  engine: ChdbConnection,
  postgres: Postgres | undefined,
  isWhole: boolean,
): Promise<BenchRow[]> {
  const route = () => postedTo(`${url}/v1/analytics/${name}`, body);
  const statements = await statementsOf(engine, ask);
  const answer = await route();
  if (postgres !== undefined) {
    const { rows } = await postgres.run(sql);
    assertAgree(name, told(answer as never), rows);
  }
  const variants: Record<string, () => Promise<number>> = {
    route: () => medianMs(TURNS, route),
    own: () => medianMs(TURNS, () => askEngine(engine, statements)),
    ...(postgres === undefined ? {} : { postgres: async () => (await postgres.run(sql)).ms }),
  };
  const times = await interleaved({ rounds: ROUNDS, variants });
  const row = (what: string, goalText: string, floor: number, goal: number | null): BenchRow => {
    const product = times.route!;
    return {
      name: `questions: ${what}`,
      goalText,
      floor,
      product,
      ratio: product / floor,
      goal,
      atMost: true,
      unit: 'ms',
    };
  };
  const own = row(name, '≤ 1.25 of the same SQL straight on the engine and 3 ms', 1.25 * times.own! + 3, 1);
  if (postgres === undefined) return [own];
  const goalText = `${isWhole ? '≤ 0.3 of' : 'beside'} PostgreSQL 15 on the same rows`;
  return [own, row(`${name}, beside PostgreSQL`, goalText, times.postgres!, isWhole ? 0.3 : null)];
}

async function fill(postgres: Postgres, engine: ChdbConnection): Promise<void> {
  await postgres.run(
    `CREATE UNLOGGED TABLE moments (customer_id text, journey_id text, time bigint, position bigint, touchpoint text)`,
  );
  await postgres.run(
    `CREATE UNLOGGED TABLE journeys (customer_id text, journey_id text, status text, score float8, failures int)`,
  );
  await copyOver(
    postgres,
    engine,
    'moments',
    (limit) => `SELECT customer_id, journey_id, toUnixTimestamp64Milli(time), position, touchpoint
    FROM touchstone_${GENERATION}.moments
    WHERE type = 'touchstone.moment.recorded.v1' AND journey_id != '' ORDER BY position ${limit}`,
  );
  await copyOver(
    postgres,
    engine,
    'journeys',
    (limit) => `SELECT customer_id, journey_id, status, score, failures
    FROM touchstone_${GENERATION}.journeys FINAL ORDER BY customer_id, journey_id ${limit}`,
  );
  await postgres.run('CREATE INDEX ON moments (customer_id, journey_id, time, position) INCLUDE (touchpoint)');
  await postgres.run('CREATE INDEX ON moments (touchpoint, customer_id, journey_id, time, position)');
  await postgres.run('ALTER TABLE journeys ADD PRIMARY KEY (customer_id, journey_id)');
  await postgres.run('VACUUM (ANALYZE) moments');
  await postgres.run('VACUUM (ANALYZE) journeys');
}

async function copyOver(
  postgres: Postgres,
  engine: ChdbConnection,
  table: string,
  select: (limit: string) => string,
): Promise<void> {
  for (let offset = 0; ; offset += COPIED) {
    const lines = (
      await engine.chdb.queryAsync(select(`LIMIT ${COPIED} OFFSET ${offset}`), { format: 'TabSeparated' })
    ).bytes();
    if (lines.length === 0) return;
    await postgres.copy(table, lines);
  }
}

/** @throws where the first columns of PostgreSQL's rows are others than the product's figures. */
function assertAgree(
  name: string,
  product: readonly (readonly (string | number)[])[],
  rows: readonly (readonly string[])[],
): void {
  const same = (one: string | number | undefined, other: string | undefined) =>
    typeof one === 'number' ? Math.abs(one - Number(other)) <= 1e-9 * Math.max(1, Math.abs(one)) : one === other;
  const differing = product.findIndex((row, at) => !row.every((value, i) => same(value, rows[at]?.[i])));
  if (differing === -1 && product.length === rows.length) return;
  throw new Error(
    `${name}: the product says ${JSON.stringify(product[differing])}, PostgreSQL ${JSON.stringify(rows[differing])}`,
  );
}
