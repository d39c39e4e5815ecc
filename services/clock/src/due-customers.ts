import {
  customersAhead,
  customersDue,
  customersUntold,
  nextDue,
  nextUntold,
  type ReadModels,
} from '@touchstone/read-models';
import type { DueCustomers } from './clock.ts';

/** Who is overdue, as the tables of a generation show it; the generation is asked for at each question, since it may change. */
export function dueCustomersIn({ clickhouse }: ReadModels, generation: () => number): DueCustomers {
  return {
    due: (before, limit) => customersDue(clickhouse, generation(), { now: before, limit }),
    untold: (before, limit) => customersUntold(clickhouse, generation(), { now: before, limit }),
    ahead: (now, limit) => customersAhead(clickhouse, generation(), { now, limit }),
    nextDueAt: () => nextDue(clickhouse, generation()),
    nextUntoldAt: (from) => nextUntold(clickhouse, generation(), { from }),
  };
}
