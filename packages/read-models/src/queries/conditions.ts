import type { Parameter, Parameters } from '../engine/clickhouse.ts';

/**
 * A WHERE clause built from our own SQL fragments; callers' values are always bound as parameters.
 */
export interface Conditions {
  /** Adds a fragment, unless one of its parameters is undefined: that filter was not requested. */
  add(sql: string, params: Readonly<Record<string, Parameter | undefined>>): void;
  /** `WHERE …`, or an empty text. */
  where(): string;
  /** All of them in one condition; `true` without any. */
  all(): string;
  params(): Parameters;
}

export function conditions(): Conditions {
  const fragments: string[] = [];
  const bound: Record<string, Parameter> = {};
  return {
    add: (sql, params) => {
      const given = Object.entries(params);
      if (given.some(([, value]) => value === undefined)) return;
      for (const [name, value] of given) bound[name] = value!;
      fragments.push(sql);
    },
    where: () => (fragments.length === 0 ? '' : `WHERE ${fragments.join('\n  AND ')}`),
    all: () => (fragments.length === 0 ? 'true' : fragments.join('\n  AND ')),
    params: () => bound,
  };
}

/** Adds that columns, by the names of their filters, have the wanted texts. */
export function addEqual<Columns extends Readonly<Record<string, string>>>(
  wanted: Conditions,
  columns: Columns,
  asked: { readonly [Name in keyof Columns]?: string | undefined },
): void {
  for (const [name, column] of Object.entries(columns)) {
    wanted.add(`${column} = {${name}:String}`, { [name]: asked[name] });
  }
}

/** Tolerance of every comparison of a score with a constant. */
export const EPSILON = 1e-9;
