import type { Breakdown } from '@touchstone/api';
import { nameShownAs, OTHER } from '../queries/others.ts';
import { ReadModelError } from '../read-model-error.ts';
import type { Binder } from './bind-values.ts';

/**
 * SQL that adds to rows with a `value` the place of their group: by the sum of `size`, descending,
 * then by value.
 */
export function listedFirst(rows: string, size: string): string {
  return `(SELECT *, dense_rank() OVER (ORDER BY group_size DESC, value) AS place
    FROM (SELECT *, sum(${size}) OVER (PARTITION BY value) AS group_size FROM ${rows}))`;
}

/** A group of a breakdown, as the answer shows it. */
interface GroupAsked {
  readonly breakdown?: Breakdown | undefined;
  readonly groupsMax: number;
  readonly value?: string | undefined;
}

/**
 * SQL that tells whether a case is of the group that was asked for; `sizes` is SQL of rows with
 * `value` and `number`, whose sums order the groups.
 * @throws ReadModelError `invalid` for a value without a breakdown.
 */
export function inGroup({ breakdown, groupsMax, value }: GroupAsked, sizes: string, bind: Binder): string {
  if (value === undefined) return 'true';
  if (breakdown === undefined) {
    throw new ReadModelError('invalid', 'is the value of a breakdown: give that too.', { parameter: 'value' });
  }
  const name = nameShownAs(value);
  if (name !== null) return `value = ${bind.text(name)}`;
  if (value !== OTHER) return 'false';
  return `value NOT IN (SELECT value FROM ${sizes} GROUP BY value ORDER BY sum(number) DESC, value LIMIT ${groupsMax})`;
}
