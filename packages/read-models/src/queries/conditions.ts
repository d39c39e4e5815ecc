import type { Parameter, Parameters } from '../engine/clickhouse.ts';

/** A WHERE clause put together from fragments of our own SQL; what callers give is always bound. */
export interface Conditions {
  /** Add a fragment, unless one of its parameters is undefined: a filter that was not asked for. */
  add(sql: string, params: Readonly<Record<string, Parameter | undefined>>): void;
  /** `WHERE …`, or nothing. */
  where(): string;
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
    params: () => bound,
  };
}

/** Every comparison of a score with a constant allows this much. */
export const EPSILON = 1e-9;

/** A bound time, given in ms since 1970. */
export function timeParameter(name: string): string {
  return `fromUnixTimestamp64Milli({${name}:Int64}, 'UTC')`;
}

/** A column of times as ms since 1970. */
export function milliseconds(column: string): string {
  return `toUnixTimestamp64Milli(${column})`;
}
