import {
  customersAhead,
  customersDue,
  customersUntold,
  nextDue,
  nextUntold,
  type ReadModels,
} from '@touchstone/read-models';
import type { DueCustomers } from './clock.ts';

/**
 * Overdue customers as the tables show them. The generation is asked for at each query, since it
 * may change.
 */
export function dueCustomersIn({ clickhouse }: ReadModels, generation: () => number): DueCustomers {
  return {
    due: (before, limit) => customersDue(clickhouse, generation(), { now: before, limit }),
    untold: (before, limit) => customersUntold(clickhouse, generation(), { now: before, limit }),
    ahead: (now, limit) => customersAhead(clickhouse, generation(), { now, limit }),
    nextDueAt: () => nextDue(clickhouse, generation()),
    nextUntoldAt: (from) => nextUntold(clickhouse, generation(), { from }),
  };
}
