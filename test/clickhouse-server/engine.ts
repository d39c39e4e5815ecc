import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ChdbResult, Session } from 'chdb';

/** One statement as received over HTTP. */
export interface Statement {
  readonly sql: string;
  /** The rows after an INSERT, in the format that it names. */
  readonly data: Buffer | undefined;
  readonly database: string | undefined;
  readonly settings: ReadonlyMap<string, string>;
  /** Parameters in their wire form: TabSeparated fields. */
  readonly parameters: ReadonlyMap<string, string>;
}

export interface Engine {
  run(statement: Statement): Promise<ChdbResult>;
  /** Streams a SELECT's answer in chunks; an error may follow some of them. */
  stream(statement: Statement): AsyncIterable<Uint8Array>;
}

/** Runs statements in the embedded engine like a server: each in its own session. */
export function openEngine(folder: string): Engine {
  const path = join(folder, 'engine');
  const incoming = join(folder, 'incoming');
  mkdirSync(incoming, { recursive: true });
  // One session stays open, because the engine stops when its last session closes.
  const lasting = new Session(path);
  process.once('exit', () => lasting.close());

  async function prepared({ database, settings, parameters }: Statement): Promise<Session> {
    const session = new Session(path);
    try {
      const set = [
        ...[...settings].map(([name, value]) => `${identifier(name)} = ${literal(value)}`),
        ...[...parameters].map(([name, value]) => `param_${identifier(name)} = ${literal(value)}`),
      ];
      if (set.length > 0) await session.queryAsync(`SET ${set.join(', ')}`);
      if (database !== undefined && database !== 'default') await session.queryAsync(`USE ${identifier(database)}`);
    } catch (error) {
      session.close();
      throw error;
    }
    return session;
  }

  return {
    async run(statement) {
      const file = join(incoming, randomUUID());
      const session = await prepared(statement);
      try {
        if (statement.data === undefined) return await session.queryAsync(statement.sql, { format: 'TabSeparated' });
        await writeFile(file, statement.data);
        return await session.queryAsync(readingFrom(file, statement.sql));
      } finally {
        session.close();
        await rm(file, { force: true });
      }
    },
    async *stream(statement) {
      const session = await prepared(statement);
      try {
        for await (const chunk of session.queryStream(statement.sql, { format: 'TabSeparated' })) yield chunk.raw();
      } finally {
        session.close();
      }
    },
  };
}

/** Rewrites an INSERT followed by rows into one that reads them from a file. */
function readingFrom(file: string, sql: string): string {
  const format = /\bFORMAT\s+(\w+)\s*$/i.exec(sql)?.[1];
  if (format === undefined) throw new Error('Code: 62. DB::Exception: rows without a format. (SYNTAX_ERROR)');
  const input = /\binput\(('(?:[^'\\]|\\.)*')\)/s;
  if (input.test(sql)) {
    const from = sql.replace(input, (_, structure) => `file(${literal(file)}, ${format}, ${structure})`);
    return from.replace(/\bFORMAT\s+\w+\s*$/i, '');
  }
  return sql.replace(/\b(?:SETTINGS\b.*)?FORMAT\s+\w+\s*$/is, (clauses) => `FROM INFILE ${literal(file)} ${clauses}`);
}

const literal = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;

function identifier(name: string): string {
  if (!/^\w+$/.test(name)) throw new Error(`Code: 115. DB::Exception: Setting ${name} is unknown. (UNKNOWN_SETTING)`);
  return name;
}
