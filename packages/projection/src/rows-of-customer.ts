import { type MeasurementRules, promiseKey } from '@touchstone/journey';
import type { Rows } from '@touchstone/read-models';
import { type CustomerLog, createCustomers, type LoggedEvent, type Streams } from './customers.ts';
import { createFold, type RowSink } from './fold.ts';
import type { Condemned } from './range-fault.ts';

type AnyRow = Readonly<Record<string, unknown>>;

/** The value that identifies a row of each table among those of its customer. */
const KEY: { readonly [Name in keyof Rows]: (row: Rows[Name][number]) => unknown } = {
  moments: ({ position }) => position,
  journeys: ({ journeyId }) => journeyId,
  customers: ({ customerId }) => customerId,
  promises: ({ promiseId, expected }) => promiseKey({ id: promiseId, isExpected: expected }),
  complaints: ({ complaintId }) => complaintId,
  trustChanges: ({ ordinal }) => ordinal,
  parked: ({ position }) => position,
};

/**
 * Every row that a generation should show of a customer, folded from the beginning of this log as
 * the projector does.
 */
export async function rowsOfCustomer(
  measures: MeasurementRules,
  log: CustomerLog,
  condemned: Condemned,
): Promise<Rows> {
  const events = [...log.published, ...log.announced].sort((a, b) => (a.position < b.position ? -1 : 1));
  const rows = Object.fromEntries(Object.keys(KEY).map((table) => [table, new Map<unknown, AnyRow>()])) as Record<
    keyof Rows,
    Map<unknown, AnyRow>
  >;
  const sink = Object.fromEntries(
    Object.entries(KEY).map(([table, key]) => [
      table,
      { add: (row: AnyRow) => void rows[table as keyof Rows].set((key as (row: AnyRow) => unknown)(row), row) },
    ]),
  ) as unknown as RowSink;
  const parked = new Set<bigint>();
  const customers = createCustomers({ streams: streamsOf(events), measures, parked, fromBeginning: true });
  const onForgotten = () => {
    for (const made of Object.values(rows)) made.clear();
  };
  const fold = createFold({ measures, customers, parked, rows: sink, condemned, onForgotten }, 0n);
  await fold.take(events);
  fold.finish();
  const shown = (table: keyof Rows) => [...rows[table].values()].filter((row) => row.isDeleted !== true);
  return Object.fromEntries(Object.keys(KEY).map((table) => [table, shown(table as keyof Rows)])) as unknown as Rows;
}

function streamsOf(events: readonly LoggedEvent[]): Streams {
  return {
    async *streamPages(stream, { upTo } = {}) {
      yield events.filter(
        (event) => event.stream === stream && (upTo === undefined || event.position <= upTo),
      ) as never;
    },
  };
}
