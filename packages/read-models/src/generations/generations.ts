import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { insertInto } from '../encoding/insert-into.ts';
import type { ClickHouse, InsertConditions } from '../engine/clickhouse.ts';
import { assertMadeForCluster, systemTable } from '../engine/cluster.ts';
import { META_DATABASE, migrate, prepareMigrations, readMigrations } from '../migrations/migrate.ts';
import { ReadModelError } from '../read-model-error.ts';
import { type GenerationFact, generationsTable } from '../tables.ts';

/**
 * One complete filling of the read model: a database of its own, computed with one set of
 * definitions and one policy.
 */
export interface Generation {
  /** 1, 2, 3 …; never reused. */
  readonly number: number;
  /** JSON text: the definitions and the policy that it is computed with. */
  readonly measures: string;
  readonly createdAt: number;
  readonly isInForce: boolean;
  /** Why its rows are no longer trusted; null while they are. */
  readonly distrusted: string | null;
  /** Name of the log that it was filled from; empty if an earlier version created it. */
  readonly log: string;
  /** Why it is kept though it does not answer queries, as JSON text: see {@link keepGeneration}. */
  readonly kept: string | null;
}

/** Records that a generation's rows differ from those written, or from the log. */
export interface Distrust {
  readonly generation: number;
  /** ms since 1970, by the engine's clock. */
  readonly at: number;
  readonly reason: string;
}

export function databaseOf(generation: number): string {
  if (!Number.isInteger(generation) || generation < 1 || generation > 0xffff_ffff) {
    throw new ReadModelError('invalid', `${generation} is no number of a generation`);
  }
  return `touchstone_${generation}`;
}

const FACTS = `${META_DATABASE}.generations`;

const factRow = z.object({
  ordinal: z.coerce.number(),
  fact: z.enum(['claimed', 'created', 'adopted', 'in-force', 'kept', 'distrusted', 'dropped']),
  generation: z.number(),
  measures: z.string(),
  log: z.string(),
  at: z.coerce.number(),
});

type Fact = z.infer<typeof factRow>;

async function facts(clickhouse: ClickHouse): Promise<Fact[]> {
  return clickhouse.query(
    `SELECT ordinal, fact, generation, measures, log, toUnixTimestamp64Milli(at) AS at FROM ${FACTS} ORDER BY ordinal, generation`,
    {},
    factRow,
  );
}

async function record(
  clickhouse: ClickHouse,
  fact: Pick<GenerationFact, 'fact' | 'generation'> & Partial<GenerationFact>,
  conditions?: InsertConditions,
): Promise<void> {
  const ordinal = BigInt((await facts(clickhouse)).at(-1)?.ordinal ?? 0) + 1n;
  await insertInto(
    clickhouse,
    META_DATABASE,
    generationsTable,
    [{ measures: '', log: '', ...fact, ordinal }],
    conditions,
  );
}

/**
 * Applies the newest migrations to the shared tables and to every generation, and finishes drops
 * that a kill interrupted. Several processes may call it at once.
 * @throws ReadModelError `migration-changed`; `invalid` for tables created with a cluster and
 * opened without, or vice versa.
 */
export async function openGenerations(clickhouse: ClickHouse): Promise<void> {
  await assertMadeForCluster(clickhouse);
  await prepareMigrations(clickhouse);
  await migrate(clickhouse, META_DATABASE, readMigrations('meta'));
  const migrations = readMigrations('generation');
  for (const { number } of await listGenerations(clickhouse)) await migrate(clickhouse, databaseOf(number), migrations);
  const all = await facts(clickhouse);
  for (const { fact, generation, at } of all) {
    if (fact === 'dropped' || (fact === 'claimed' && isAbandoned(all, generation, at))) {
      await removeDatabase(clickhouse, generation);
    }
  }
}

/**
 * Limit of a generation's creation, in ms: it takes seconds, so a process that needs longer was
 * killed.
 */
const CREATION_MS = 600_000;

function isAbandoned(all: readonly Fact[], generation: number, claimedAt: number): boolean {
  const isCreated = all.some((row) => row.generation === generation && row.fact === 'created');
  return !isCreated && Date.now() - claimedAt > CREATION_MS;
}

/** All existing generations, oldest first. */
export async function listGenerations(clickhouse: ClickHouse): Promise<Generation[]> {
  const all = await facts(clickhouse);
  const inForce = all.findLast((row) => row.fact === 'in-force')?.generation;
  const dropped = new Set(all.filter((row) => row.fact === 'dropped').map((row) => row.generation));
  return all
    .filter((row) => row.fact === 'created' && !dropped.has(row.generation))
    .map((row) => ({
      number: row.generation,
      measures: row.measures,
      createdAt: row.at,
      isInForce: row.generation === inForce,
      distrusted:
        all.find(({ fact, generation }) => fact === 'distrusted' && generation === row.generation)?.measures ?? null,
      log: lastOf(all, row.generation, 'adopted')?.log ?? row.log,
      kept: lastOf(all, row.generation, 'kept')?.measures ?? null,
    }));
}

/** Marks a generation's rows as not to be shown. An earlier reason is kept. */
export async function distrustGeneration(clickhouse: ClickHouse, number: number, reason: string): Promise<void> {
  const { distrusted } = await findGeneration(clickhouse, number);
  if (distrusted === null) await record(clickhouse, { fact: 'distrusted', generation: number, measures: reason });
}

/** All distrust records, oldest first, including those of dropped generations. */
export async function listDistrusts(clickhouse: ClickHouse): Promise<Distrust[]> {
  return (await facts(clickhouse))
    .filter(({ fact }) => fact === 'distrusted')
    .map(({ generation, at, measures }) => ({ generation, at, reason: measures }));
}

const lastOf = (all: readonly Fact[], generation: number, fact: Fact['fact']): Fact | undefined =>
  all.findLast((row) => row.generation === generation && row.fact === fact);

/** The generation that answers queries; `null` before the first switch. */
export async function currentGeneration(clickhouse: ClickHouse): Promise<Generation | null> {
  return (await listGenerations(clickhouse)).find((generation) => generation.isInForce) ?? null;
}

/**
 * Creates an empty generation beside the others, under a claimed number. It exists once its row
 * does: a kill before that leaves an unused database and an unused number.
 */
export async function createGeneration(
  clickhouse: ClickHouse,
  measures: string,
  log: string,
  claimed?: number,
): Promise<Generation> {
  const number = claimed ?? (await claimNumber(clickhouse));
  await removeDatabase(clickhouse, number);
  await migrate(clickhouse, databaseOf(number), readMigrations('generation'));
  await record(clickhouse, { fact: 'created', generation: number, measures, log });
  return findGeneration(clickhouse, number);
}

const PAUSE_MAX_MS = 200;

/**
 * Claims a number that no other process has. A process that sees another claim for its number
 * abandons it and tries the next; at least one of two sees the other.
 */
export async function claimNumber(clickhouse: ClickHouse): Promise<number> {
  for (;;) {
    const number = Math.max(0, ...(await facts(clickhouse)).map((row) => row.generation)) + 1;
    await record(clickhouse, { fact: 'claimed', generation: number, measures: randomUUID() });
    const claims = (await facts(clickhouse)).filter((row) => row.generation === number);
    if (claims.length === 1) return number;
    await pause(randomInt(PAUSE_MAX_MS));
  }
}

/** Conditions for a switch, evaluated by the engine. */
export interface SwitchConditions {
  /** The generation that must be current. */
  readonly from: number;
  /** An additional SQL condition. */
  readonly onlyIf: string;
}

/**
 * Switches queries to this generation by one row, which is seen whole or not at all.
 * @throws ReadModelError `fenced` if a condition does not hold.
 */
export async function switchTo(clickhouse: ClickHouse, number: number, conditions?: SwitchConditions): Promise<void> {
  const { isInForce } = await findGeneration(clickhouse, number);
  if (isInForce) return;
  const onlyIf =
    conditions === undefined
      ? undefined
      : `(SELECT argMax(generation, (ordinal, generation)) FROM ${FACTS} WHERE fact = 'in-force') = ${conditions.from} AND ${conditions.onlyIf}`;
  await record(clickhouse, { fact: 'in-force', generation: number }, onlyIf === undefined ? undefined : { onlyIf });
}

/** Assigns a generation from before logs had names to this log. */
export async function adoptGeneration(clickhouse: ClickHouse, number: number, log: string): Promise<void> {
  await record(clickhouse, { fact: 'adopted', generation: (await findGeneration(clickhouse, number)).number, log });
}

/**
 * Keeps a generation after it stops answering, until somebody drops it by its number; `why` is JSON
 * text.
 */
export async function keepGeneration(clickhouse: ClickHouse, number: number, why: string): Promise<void> {
  await record(clickhouse, {
    fact: 'kept',
    generation: (await findGeneration(clickhouse, number)).number,
    measures: why,
  });
}

/**
 * Drops a generation that does not answer queries. It is gone once its row says so; the next open
 * finishes a drop that a kill interrupted.
 */
export async function dropGeneration(clickhouse: ClickHouse, number: number): Promise<void> {
  const { isInForce } = await findGeneration(clickhouse, number);
  if (isInForce) {
    throw new ReadModelError(
      'invalid',
      `Generation ${number} answers questions; switch to another before dropping it.`,
    );
  }
  await record(clickhouse, { fact: 'dropped', generation: number });
  await removeDatabase(clickhouse, number);
}

async function findGeneration(clickhouse: ClickHouse, number: number): Promise<Generation> {
  const all = await listGenerations(clickhouse);
  const found = all.find((generation) => generation.number === number);
  if (found !== undefined) return found;
  const known = all.map((generation) => generation.number).join(', ') || 'none';
  throw new ReadModelError('invalid', `There is no generation ${number} in ${clickhouse.name}; there are: ${known}.`);
}

const leftover = z.object({ databases: z.coerce.number(), migrations: z.coerce.number() });

/** Looks first, because deleting rows is expensive and there is rarely anything to delete. */
async function removeDatabase(clickhouse: ClickHouse, number: number): Promise<void> {
  const database = databaseOf(number);
  const [left] = await clickhouse.query(
    `SELECT (SELECT count() FROM ${systemTable(clickhouse, 'databases')} WHERE name = {database:String}) AS databases,
            (SELECT count() FROM ${META_DATABASE}.migrations WHERE database = {database:String}) AS migrations
     SETTINGS skip_unavailable_shards = 1`,
    { database },
    leftover,
  );
  if (left!.databases > 0) await clickhouse.define('DROP DATABASE IF EXISTS {database:Identifier} SYNC', { database });
  if (left!.migrations > 0) {
    await clickhouse.command(`DELETE FROM ${META_DATABASE}.migrations WHERE database = {database:String}`, {
      database,
    });
  }
}
