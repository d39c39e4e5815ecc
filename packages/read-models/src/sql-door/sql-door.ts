import type { SqlAnswerFormat } from '@touchstone/api';
import type { Asker } from '@touchstone/runtime/turns';
import { z } from 'zod';
import type { ClickHouse, SqlFormat } from '../engine/clickhouse.ts';
import { wordsOf } from '../engine/sandbox.ts';
import { databaseOf } from '../generations/generations.ts';
import { ReadModelError } from '../read-model-error.ts';
import {
  complaintsTable,
  customersTable,
  journeysTable,
  momentsTable,
  promisesTable,
  trustChangesTable,
} from '../tables.ts';
import { findAllowedFunctions } from './allowed-functions.ts';
import { type Allowed, refusalOf } from './check-statement.ts';
import { jsonAnswer } from './json-answer.ts';
import { readSyntaxTree } from './syntax-tree.ts';

/** The tables that SQL of outside callers may read. */
const TABLES = [journeysTable, momentsTable, customersTable, promisesTable, complaintsTable, trustChangesTable].map(
  ({ name }) => name,
);

/** The engine's formats behind those of answers. */
const ENGINE_FORMATS = {
  json: 'JSONCompactEachRowWithNamesAndTypes',
  csv: 'CSVWithNames',
  parquet: 'Parquet',
} as const satisfies Record<SqlAnswerFormat, SqlFormat>;

/** Answers SQL of outside callers over the tables of a generation. */
export interface SqlDoor {
  /**
   * The answer to one SELECT in the format.
   * @throws ReadModelError `invalid-sql` for a statement that may not be asked, or that the engine
   * refuses, `too-much` beyond the limits; NoTurn.
   */
  ask(asker: Asker, generation: number, sql: string, format: SqlAnswerFormat): Promise<Uint8Array>;
}

/** Opens the door; on a server it creates the user that statements run as. */
export async function openSqlDoor(clickhouse: ClickHouse): Promise<SqlDoor> {
  const sandbox = await clickhouse.openSandbox();
  const isFunction = await findAllowedFunctions(clickhouse);
  const otherTables = new Map<number, Promise<ReadonlySet<string>>>();
  let granted: { readonly generation: number; readonly done: Promise<void> } | undefined;

  /** Grants the tables of the generation in force, in place of those of the one before. */
  const grant = (generation: number): Promise<void> => {
    if (granted?.generation !== generation) {
      granted = { generation, done: sandbox.grant(databaseOf(generation), TABLES) };
      granted.done.catch(() => {
        granted = undefined;
      });
    }
    return granted.done;
  };
  const othersOf = (generation: number): Promise<ReadonlySet<string>> => {
    const known = otherTables.get(generation) ?? listOtherTables(clickhouse, generation);
    otherTables.set(generation, known);
    known.catch(() => otherTables.delete(generation));
    return known;
  };

  return {
    async ask(asker, generation, sql, format) {
      const written = await writtenByParser(clickhouse.forAsker(asker), sql);
      const database = databaseOf(generation);
      const allowed = { tables: new Set(TABLES), otherTables: await othersOf(generation), isFunction };
      const checkedAndAsked = async () => {
        await grant(generation);
        assertAllowed(await sandbox.explain(asker, { database, sql: written }), allowed);
        const answer = await sandbox.ask(asker, { database, sql: written, format: ENGINE_FORMATS[format] });
        return format === 'json' ? jsonAnswer(answer) : answer;
      };
      return checkedAndAsked().catch((error: unknown) => {
        // Another process may have granted the tables of another generation meanwhile.
        if (!(error instanceof ReadModelError) || error.code !== 'denied') throw error;
        granted = undefined;
        return checkedAndAsked();
      });
    },
  };
}

const nameRow = z.object({ name: z.string() });

async function listOtherTables(clickhouse: ClickHouse, generation: number): Promise<ReadonlySet<string>> {
  const rows = await clickhouse.query(
    'SELECT name FROM system.tables WHERE database = {database:String}',
    { database: databaseOf(generation) },
    nameRow,
  );
  return new Set(rows.map(({ name }) => name).filter((name) => !TABLES.includes(name)));
}

const textRow = z.object({ text: z.string() });

/**
 * The statement as the engine's parser writes it: one alone, without comments.
 * @throws ReadModelError `invalid-sql`
 */
async function writtenByParser(clickhouse: ClickHouse, sql: string): Promise<string> {
  const rows = await clickhouse
    .query('SELECT formatQuerySingleLine({sql:String}) AS text', { sql }, textRow)
    .catch((error: unknown) => {
      if (!(error instanceof ReadModelError) || error.code !== 'query') throw error;
      throw refused(wordsOf((error.cause as Error | undefined)?.message ?? error.message));
    });
  const { text } = rows[0]!;
  if (!/^\(*(?:SELECT|WITH)\b/i.test(text)) throw refused('only SELECT is taken');
  return text;
}

/**
 * @throws ReadModelError `invalid-sql` for a tree of another statement than one that may be asked.
 */
function assertAllowed(lines: readonly string[], allowed: Allowed): void {
  const tree = readSyntaxTree(lines);
  if (tree === undefined || lines.some((line) => /\\[nr]/.test(line.replace(/^ *Literal .*/, ''))))
    throw refused('names with line breaks or brackets are not taken');
  const why = refusalOf(tree, allowed);
  if (why !== undefined) throw refused(why);
}

const refused = (why: string): ReadModelError => new ReadModelError('invalid-sql', why);
