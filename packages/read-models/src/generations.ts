import { z } from 'zod';
import type { ClickHouse } from './clickhouse.ts';
import { insertInto } from './insert-into.ts';
import { META_DATABASE, migrate, prepareMigrations, readMigrations } from './migrate.ts';
import { ReadModelError } from './read-model-error.ts';
import { type GenerationFact, generationsTable } from './tables.ts';

/** One filling of the read model: a database of its own, measured by one set of definitions and one policy. */
export interface Generation {
  /** 1, 2, 3 …; never used again. */
  readonly number: number;
  /** JSON text: the definitions and the policy that it is measured with. */
  readonly measures: string;
  readonly createdAt: number;
  readonly isInForce: boolean;
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
  fact: z.enum(['created', 'in-force', 'dropped']),
  generation: z.number(),
  measures: z.string(),
  at: z.coerce.number(),
});

async function facts(clickhouse: ClickHouse): Promise<z.infer<typeof factRow>[]> {
  return clickhouse.query(
    `SELECT ordinal, fact, generation, measures, toUnixTimestamp64Milli(at) AS at FROM ${FACTS} ORDER BY ordinal`,
    {},
    factRow,
  );
}

async function record(clickhouse: ClickHouse, fact: Omit<GenerationFact, 'ordinal'>): Promise<void> {
  const ordinal = BigInt((await facts(clickhouse)).at(-1)?.ordinal ?? 0) + 1n;
  await insertInto(clickhouse, META_DATABASE, generationsTable, [{ ordinal, ...fact }]);
}

/**
 * Bring the shared tables and those of every generation to the newest migrations, and finish drops that a kill cut short.
 * @throws ReadModelError `migration-changed`.
 */
export async function openGenerations(clickhouse: ClickHouse): Promise<void> {
  await prepareMigrations(clickhouse);
  await migrate(clickhouse, META_DATABASE, readMigrations('meta'));
  const migrations = readMigrations('generation');
  for (const { number } of await listGenerations(clickhouse)) await migrate(clickhouse, databaseOf(number), migrations);
  for (const { fact, generation } of await facts(clickhouse)) {
    if (fact === 'dropped') await removeDatabase(clickhouse, generation);
  }
}

/** Those that exist, oldest first. */
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
    }));
}

/** The one that answers questions; `null` before the first was switched to. */
export async function currentGeneration(clickhouse: ClickHouse): Promise<Generation | null> {
  return (await listGenerations(clickhouse)).find((generation) => generation.isInForce) ?? null;
}

/** A new, empty one beside the others. It exists once its row does: a kill before that leaves nothing that the next call does not clear. */
export async function createGeneration(clickhouse: ClickHouse, measures: string): Promise<Generation> {
  const number = Math.max(0, ...(await facts(clickhouse)).map((row) => row.generation)) + 1;
  await removeDatabase(clickhouse, number);
  await migrate(clickhouse, databaseOf(number), readMigrations('generation'));
  await record(clickhouse, { fact: 'created', generation: number, measures });
  return findGeneration(clickhouse, number);
}

/** From now on this one answers. One row: seen whole or not at all. */
export async function switchTo(clickhouse: ClickHouse, number: number): Promise<void> {
  const { isInForce } = await findGeneration(clickhouse, number);
  if (!isInForce) await record(clickhouse, { fact: 'in-force', generation: number, measures: '' });
}

/** Remove one that does not answer. It is gone once its row says so; the next open finishes what a kill cut short. */
export async function dropGeneration(clickhouse: ClickHouse, number: number): Promise<void> {
  const { isInForce } = await findGeneration(clickhouse, number);
  if (isInForce) {
    throw new ReadModelError(
      'invalid',
      `Generation ${number} answers questions; switch to another before dropping it.`,
    );
  }
  await record(clickhouse, { fact: 'dropped', generation: number, measures: '' });
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

/** Asks first, because deleting rows is dear and nearly always there is nothing to delete. */
async function removeDatabase(clickhouse: ClickHouse, number: number): Promise<void> {
  const database = databaseOf(number);
  const [left] = await clickhouse.query(
    `SELECT (SELECT count() FROM system.databases WHERE name = {database:String}) AS databases,
            (SELECT count() FROM ${META_DATABASE}.migrations WHERE database = {database:String}) AS migrations`,
    { database },
    leftover,
  );
  if (left!.databases > 0) await clickhouse.command('DROP DATABASE {database:Identifier} SYNC', { database });
  if (left!.migrations > 0) {
    await clickhouse.command(`DELETE FROM ${META_DATABASE}.migrations WHERE database = {database:String}`, {
      database,
    });
  }
}
