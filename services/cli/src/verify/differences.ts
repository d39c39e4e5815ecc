import type { LogDifference } from '@touchstone/event-store';
import { CUSTOMER_STREAM } from '@touchstone/journey';
import { describeDifference } from '@touchstone/projection/audit';
import type { RowDifference } from '@touchstone/read-models';
import { z } from 'zod';

/** Upper limit of the differences listed one by one; further ones are counted. */
export const NAMED_MAX = 100;

const differenceSchema = z.object({
  /** Position in the log; null for a difference that has no single position. */
  position: z.string().nullable(),
  customer: z.string().nullable(),
  field: z.string(),
  what: z.string(),
});

/** A difference that was found. */
export type Difference = z.output<typeof differenceSchema>;

export const foundSchema = z.object({ count: z.number(), named: z.array(differenceSchema) });
export type Found = z.output<typeof foundSchema>;

export interface Differences {
  add(difference: Difference): void;
  found(): Found;
}

export function differencesFrom({ count, named }: Found): Differences {
  const told = [...named];
  let all = count;
  return {
    add(difference) {
      all += 1;
      if (told.length < NAMED_MAX) told.push(difference);
    },
    found: () => ({ count: all, named: [...told] }),
  };
}

export function ofLog({ position, stream, field, what }: LogDifference): Difference {
  const isOfCustomer = stream?.startsWith(CUSTOMER_STREAM) === true;
  const customer = isOfCustomer ? stream.slice(CUSTOMER_STREAM.length) : null;
  const where = stream !== null && !isOfCustomer ? ` (stream ${stream})` : '';
  return { position: position === null ? null : String(position), customer, field, what: what + where };
}

/** Tables whose rows are identified by a position. */
const BY_POSITION = ['moments', 'parked'];

export function ofRow(customerId: string, difference: RowDifference): Difference {
  const { table, key, field } = difference;
  const position = BY_POSITION.includes(table) ? key : null;
  const what = describeDifference(customerId, difference);
  return { position, customer: customerId, field: field === '' ? table : `${table}.${field}`, what };
}
