import { createHash } from 'node:crypto';
import type { Engine, Statement } from './engine.ts';
import type { Account, Asked } from './request.ts';

/** A user that a statement has created. */
interface User {
  readonly hash: string;
  readonly settings: ReadonlyMap<string, string>;
  readonly granted: ReadonlySet<string>;
}

/**
 * Users besides the first one, as far as one engine without access control can imitate them: their
 * password, their constant settings, and the databases that they may read.
 */
export interface Users {
  /** Carries out a statement about users; undefined for any other. */
  define(sql: string): Promise<string | undefined>;
  /**
   * The statement with the settings of its user.
   * @throws Error with the server's number and words for a user who may not ask it.
   */
  asUser(asked: Asked, account: Account): Asked;
}

const DEFINED =
  /^\s*(?:CREATE USER IF NOT EXISTS|ALTER USER) (\w+)(?: ON CLUSTER '\w+')? IDENTIFIED WITH sha256_hash BY '(\w+)'/;
const GRANTED = /^\s*GRANT(?: ON CLUSTER '\w+')? (.*) TO (\w+) WITH REPLACE OPTION\s*$/;

export function usersOf(engine: Engine): Users {
  const users = new Map<string, User>();
  const settingsIn = (sql: string) =>
    new Map(
      Array.from(sql.matchAll(/(\w+) = ('[^']*'|[\d.]+) CONST/g), ([, name, value]) => [
        name!,
        value!.replaceAll("'", ''),
      ]),
    );
  return {
    async define(sql) {
      const [, name, hash] = DEFINED.exec(sql) ?? [];
      const [, tables, to] = GRANTED.exec(sql) ?? [];
      if (name === undefined && to === undefined) return undefined;
      await engine.run(parsing(sql));
      if (name !== undefined)
        users.set(name, { granted: new Set(), ...users.get(name), hash: hash!, settings: settingsIn(sql) });
      else {
        const granted = Array.from(tables!.matchAll(/SELECT ON (\w+)\.\w+/g), ([, database]) => database!);
        users.set(to!, { ...users.get(to!)!, granted: new Set(granted) });
      }
      return '';
    },
    asUser(asked, { user, password }) {
      const known = users.get(user);
      if (known === undefined || createHash('sha256').update(password).digest('hex') !== known.hash)
        throw new Error(`Code: 516. DB::Exception: ${user}: Authentication failed. (AUTHENTICATION_FAILED)`);
      if (asked.settings.size > 0)
        throw new Error('Code: 164. DB::Exception: Cannot modify settings in readonly mode. (READONLY)');
      if (asked.database === undefined || !known.granted.has(asked.database))
        throw new Error(`Code: 497. DB::Exception: ${user}: Not enough privileges. (ACCESS_DENIED)`);
      return { ...asked, settings: known.settings };
    },
  };
}

/** A statement that parses another one and does nothing. */
function parsing(sql: string): Statement {
  const parameters = new Map([['sql', sql.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\t', '\\t')]]);
  return {
    sql: 'SELECT formatQuery({sql:String})',
    data: undefined,
    database: undefined,
    settings: new Map(),
    parameters,
  };
}
