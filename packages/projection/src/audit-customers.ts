import type { EventStore } from '@touchstone/event-store';
import { changesStream, customerStream, type MeasurementRules } from '@touchstone/journey';
import { type ClickHouse, differingRows, parkedOf, type RowDifference, type Rows } from '@touchstone/read-models';
import type { Condemned } from './range-fault.ts';
import { rowsOfCustomer } from './rows-of-customer.ts';

/** The rows of one generation, with the log and measures that they were made from. */
export interface AuditedRows {
  readonly store: Pick<EventStore, 'streamPages'>;
  readonly clickhouse: ClickHouse;
  readonly generation: number;
  readonly measures: MeasurementRules;
  /** The rows cover the log up to this position. */
  readonly projected: bigint;
  /**
   * Customers with more events than this are reported as `large` instead of folded; default: no
   * limit.
   */
  readonly eventsMax?: number | undefined;
}

/** How many customers, and expected rows, one query asks for. */
const CUSTOMERS_AT_ONCE = 200;
const ROWS_AT_ONCE = 10_000;

/**
 * The differing rows of a customer. `moved`: events came meanwhile, so nothing can be said;
 * `large`: more than `eventsMax` events.
 */
export type AuditedCustomer = readonly RowDifference[] | 'moved' | 'large';
export type Audited = ReadonlyMap<string, AuditedCustomer>;

/**
 * Compares every row of these customers with a fold of the log; yields them in their order, some at
 * a time.
 */
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
  /** Number of events read from each stream, including those beyond the projected position. */
  readonly published: number;
  readonly announced: number;
  readonly isBeyond: boolean;
}

async function readCustomer(
  { store, measures, projected, eventsMax }: AuditedRows,
  customerId: string,
  condemned: Condemned,
): Promise<ReadCustomer | 'large'> {
  const published = await streamOf(store, customerStream(customerId), eventsMax);
  const announced = await streamOf(store, changesStream(customerId), eventsMax);
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

/** Confirms the differences only if no event of the customer arrived meanwhile. */
async function assured(
  audited: AuditedRows,
  customerId: string,
  { published, announced, isBeyond }: ReadCustomer,
  found: readonly RowDifference[],
): Promise<AuditedCustomer> {
  const { store, clickhouse, generation, eventsMax } = audited;
  // The rows may already hold events beyond the known position.
  if (isBeyond) return 'moved';
  let differing = found;
  if (found.some(({ table }) => table === 'parked')) {
    // The projector finds some faulty events only by halving whole ranges, which this fold cannot
    // repeat, so it is done again without the events that the tables hold as parked.
    const again = await readCustomer(audited, customerId, await parkedOf(clickhouse, generation, customerId));
    if (again === 'large') return again;
    differing = (await compare(audited, new Map([[customerId, again]]))).get(customerId)!;
  }
  if (differing.length === 0) return differing;
  const hasEnded = async (stream: string, events: number) =>
    (await streamOf(store, stream, eventsMax))?.length === events;
  const isStill =
    (await hasEnded(customerStream(customerId), published)) && (await hasEnded(changesStream(customerId), announced));
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
