import { createHash, createHmac } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { Asker, Turns } from '@touchstone/runtime/turns';
import { ReadModelError } from '../read-model-error.ts';
import { quoted } from './bound-parameters.ts';
import type { Cluster, QuestionLimits, Sandbox, SqlFormat } from './clickhouse.ts';
import { SQL_BYTES_MAX, sandboxError, sandboxOver, sandboxSettings, TOOK_TOO_MUCH } from './sandbox.ts';

/** The server's user for statements of outside callers. */
export const SANDBOX_USER = 'touchstone_sql';

/**
 * Password of that user, the same in every process of this system: nobody learns it who does not
 * know that of the system's own user.
 */
export function sandboxPassword(ownPassword: string): string {
  return createHmac('sha256', ownPassword).update('touchstone sql door').digest('hex');
}

/** Statements that create the user, or bring its password and its limits up to date. */
export function userStatements(password: string, limits: QuestionLimits, cluster: Cluster | undefined): string[] {
  const settings = {
    ...sandboxSettings(limits),
    readonly: 1,
    cancel_http_readonly_queries_on_client_close: 1,
  };
  const constants = Object.entries(settings).map(([name, value]) => `${name} = ${value} CONST`);
  const hash = createHash('sha256').update(password).digest('hex');
  const user = `${SANDBOX_USER}${everywhere(cluster)}`;
  return [
    `CREATE USER IF NOT EXISTS ${user} IDENTIFIED WITH sha256_hash BY '${hash}'`,
    `ALTER USER ${user} IDENTIFIED WITH sha256_hash BY '${hash}' SETTINGS ${constants.join(', ')}`,
  ];
}

/** Grants these tables to the user in place of all that it had. */
export function grantStatement(database: string, tables: readonly string[], cluster: Cluster | undefined): string {
  const granted = tables.map((table) => `SELECT ON ${database}.${table}`).join(', ');
  return `GRANT${everywhere(cluster)} ${granted} TO ${SANDBOX_USER} WITH REPLACE OPTION`;
}

const everywhere = (cluster: Cluster | undefined): string =>
  cluster === undefined ? '' : ` ON CLUSTER ${quoted(cluster.name)}`;

/** The server as the sandbox needs it. */
export interface SandboxServer {
  /** Runs a statement as the system's own user. */
  command(sql: string): Promise<void>;
  /** Sends a statement as the user of the sandbox. */
  send(sql: string, database: string, signal: AbortSignal): Promise<Readable>;
}

/** Runs each statement as a user who may read the granted tables, and can change nothing. */
export function serverSandbox(
  name: string,
  { command, send }: SandboxServer,
  cluster: Cluster | undefined,
  places: Turns<unknown>,
): Sandbox {
  const run = (asker: Asker, database: string, statement: string, format?: SqlFormat): Promise<Uint8Array> =>
    places.take(asker, async () => {
      try {
        const inFormat = format === undefined ? statement : `${statement} FORMAT ${format}`;
        const chunks: Uint8Array[] = [];
        let bytes = 0;
        for await (const chunk of await send(inFormat, database, asker.signal)) {
          bytes += chunk.length;
          if (bytes > SQL_BYTES_MAX) throw new ReadModelError('too-much', TOOK_TOO_MUCH);
          chunks.push(chunk);
        }
        return Buffer.concat(chunks);
      } catch (error) {
        throw sandboxError(name, error, asker.signal);
      }
    });
  return sandboxOver(run, (database, tables) => command(grantStatement(database, tables, cluster)));
}
