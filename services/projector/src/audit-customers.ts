import type { EventStore } from '@touchstone/event-store';
import type { Measures } from '@touchstone/journey';
import { type ClickHouse, differingRows, parkedOf, type RowDifference, type Rows } from '@touchstone/read-models';
import { CHANGES_STREAM, CUSTOMER_STREAM } from './fold/customers.ts';
import type { Condemned } from './fold/range-fault.ts';
import { rowsOfCustomer } from './fold/rows-of-customer.ts';

/** Rows, and the log that they are of. */
export interface AuditedRows {
  readonly store: Pick<EventStore, 'streamPages'>;
  readonly clickhouse: ClickHouse;
  readonly generation: number;
  readonly measures: Measures;
  /** Everything up to this position of the log is in the rows. */
  readonly projected: bigint;
  /** Of customers with more events no rows are made; any number unless told. */
  readonly eventsMax?: number | undefined;
}

/** Customers, and expected rows, that are asked for at once. */
const CUSTOMERS_AT_ONCE = 200;
const ROWS_AT_ONCE = 10_000;

/** What differs; `moved`: events came meanwhile, so that nothing can be said; `large`: there are more than `eventsMax`. */
export type AuditedCustomer = readonly RowDifference[] | 'moved' | 'large';
export type Audited = ReadonlyMap<string, AuditedCustomer>;

/** Every row of these customers held to the fold of the log, some at a time, in their order. */
export async function* auditCustomers(audited: AuditedRows, customerIds: Iterable<string>): AsyncIterable<Audited> {
  let read = new Map<string, ReadCustomer>();
  let large = new Map<string, 'large'>();
  let rows = 0;
  async function compared(): Promise<Audited> {
    const answer = new Map([...large, ...(await differencesOf(audited, read))]);
    [read, large, rows] = [new Map(), new Map(), 0];
    return answer;
  }
  for (const customerId of customerIds) {
    const customer = await readCustomer(audited, customerId, new Map());
    if (customer === 'large') large.set(customerId, customer);
    else {
      read.set(customerId, customer);
      for (const table of Object.values(customer.rows)) rows += table.length;
    }
    if (read.size + large.size >= CUSTOMERS_AT_ONCE || rows >= ROWS_AT_ONCE) yield await compared();
  }
  if (read.size + large.size > 0) yield await compared();
}

interface ReadCustomer {
  readonly rows: Rows;
  /** Events of each stream, up to where the rows are and behind it. */
  readonly published: number;
  readonly announced: number;
  readonly isBeyond: boolean;
}

async function readCustomer(
  { store, measures, projected, eventsMax }: AuditedRows,
  customerId: string,
  condemned: Condemned,
): Promise<ReadCustomer | 'large'> {
  const published = await streamOf(store, CUSTOMER_STREAM + customerId, eventsMax);
  const announced = await streamOf(store, CHANGES_STREAM + customerId, eventsMax);
  if (published === null || announced === null) return 'large';
  const isShown = ({ position }: { readonly position: bigint }) => position <= projected;
  const log = { published: published.filter(isShown), announced: announced.filter(isShown) };
  const shown = log.published.length + log.announced.length;
  return {
    rows: await rowsOfCustomer(measures, log, condemned),
    published: published.length,
    announced: announced.length,
    isBeyond: shown < published.length + announced.length,
  };
}

async function differencesOf(audited: AuditedRows, read: ReadonlyMap<string, ReadCustomer>): Promise<Audited> {
  const answer = new Map<string, AuditedCustomer>();
  for (const [customerId, found] of await compare(audited, read)) {
    const isDiffering = found.length > 0;
    answer.set(customerId, isDiffering ? await assured(audited, customerId, read.get(customerId)!, found) : found);
  }
  return answer;
}

const compare = ({ clickhouse, generation }: AuditedRows, read: ReadonlyMap<string, Pick<ReadCustomer, 'rows'>>) =>
  differingRows(clickhouse, generation, new Map([...read].map(([customerId, { rows }]) => [customerId, rows])));

/** Nothing is believed that was under way. */
async function assured(
  audited: AuditedRows,
  customerId: string,
  { published, announced, isBeyond }: ReadCustomer,
  found: readonly RowDifference[],
): Promise<AuditedCustomer> {
  const { store, clickhouse, generation, eventsMax } = audited;
  // Rows may be ahead of what is known to be in them.
  if (isBeyond) return 'moved';
  let differing = found;
  if (found.some(({ table }) => table === 'parked')) {
    // Of some events it is known alone by trying whole ranges that no rows can be made of them.
    const again = await readCustomer(audited, customerId, await parkedOf(clickhouse, generation, customerId));
    if (again === 'large') return again;
    differing = (await compare(audited, new Map([[customerId, again]]))).get(customerId)!;
  }
  if (differing.length === 0) return differing;
  const hasEnded = async (stream: string, events: number) =>
    (await streamOf(store, stream + customerId, eventsMax))?.length === events;
  const isStill = (await hasEnded(CUSTOMER_STREAM, published)) && (await hasEnded(CHANGES_STREAM, announced));
  return isStill ? differing : 'moved';
}

async function streamOf(store: AuditedRows['store'], stream: string, eventsMax = Number.POSITIVE_INFINITY) {
  const events = [];
  for await (const page of store.streamPages(stream)) {
    events.push(...page);
    if (events.length > eventsMax) return null;
  }
  return events;
}

export function describeDifference(customerId: string, { table, key, field, found, expected }: RowDifference): string {
  const which = key === '' ? table : `${table} ${key}`;
  if (found === null) return `${which} of customer ${customerId} is missing`;
  if (expected === null) return `${which} of customer ${customerId} is not in the log`;
  return `${field} of ${which} of customer ${customerId} is ${found}; the log makes it ${expected}`;
}
