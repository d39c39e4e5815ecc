import { type LogReader, PARTS } from '@touchstone/event-store';
import { CHANGES_STREAM, CUSTOMER_STREAM, decodeMeasures } from '@touchstone/journey';
import { auditCustomers } from '@touchstone/projection/audit';
import { customersInRows, type ReadModels } from '@touchstone/read-models';
import { CliError } from '../cli-error.ts';
import { whole } from '../terminal/style.ts';
import { customersOnDisk } from './customers-on-disk.ts';
import { ofRow } from './differences.ts';
import { noteOf, type VerifiedRows, type Verifying } from './verifying.ts';

/**
 * The generation in force, if it is of this log and can be compared with it.
 * @throws CliError saying why it cannot.
 */
export async function rowsOfThisLog(readModels: ReadModels, reader: LogReader): Promise<VerifiedRows> {
  const { name } = readModels.clickhouse;
  const current = await readModels.currentGeneration();
  if (current === null)
    throw new CliError(`The read model in ${name} holds no rows yet. Start the system: it fills them from the log.`);
  const log = await reader.identity();
  if (current.log !== '' && current.log !== log)
    throw new CliError(
      `The read model in ${name} is of the log ${current.log}, and this is the log ${log}: each belongs to another system.`,
    );
  for (const history of await readModels.histories(current.number)) {
    if (!(await reader.holds(history)))
      throw new CliError(
        `The rows in ${name} are of events that the log does not hold: it was put back from a backup. Start the system: it fills them anew.`,
      );
  }
  const measures = decodeMeasures(current.measures);
  if (measures.rules !== undefined)
    throw new CliError(
      `The rows in ${name} were filled by another version of this program. Start the system: it fills them anew.`,
    );
  return { readModels, generation: current.number, measures };
}

/** Parts are gathered until they have this many customers. */
const GATHERED = 1_000;

/** Customers of the rows that are looked up per query. */
const LOOKED_FOR = 5_000;

/**
 * Compares every row with the log: first the proofs of the lanes, then customer by customer, and
 * last the customers whom the log lacks.
 */
export async function verifyRows(run: Verifying, rows: VerifiedRows): Promise<boolean> {
  if (run.notes.customerPart === 0) await holdProofs(run, rows);
  return (await holdCustomers(run, rows)) && (await holdSurplus(run, rows));
}

async function holdProofs({ differences }: Verifying, { readModels, generation }: VerifiedRows): Promise<void> {
  const { faults } = await readModels.verify(generation);
  for (const what of faults) differences.add({ position: null, customer: null, field: 'read model', what });
}

async function holdCustomers(run: Verifying, rows: VerifiedRows): Promise<boolean> {
  const { folder, signal, onProgress } = run;
  const customers = customersOnDisk(folder.path, run.notes.customers);
  for (let part = run.notes.customerPart; part < PARTS; ) {
    if (signal.aborted) return false;
    const gathered: string[] = [];
    while (part < PARTS && gathered.length < GATHERED) gathered.push(...customers.part(part++));
    // A gathering that was stopped does not count; the next run compares all of it again.
    const held = await holdAll(run, rows, gathered);
    if (held === undefined) return false;
    run.note({ ...held, customerPart: part });
    onProgress?.('rows', part, PARTS, noteOf(run, `${whole(held.held)} customers`));
  }
  return !signal.aborted;
}

/** Undefined if it was stopped. */
async function holdAll(
  { reader, differences, notes, signal }: Verifying,
  { readModels, generation, measures }: VerifiedRows,
  customerIds: Iterable<string>,
): Promise<Pick<Verifying['notes'], 'held' | 'passedOver'> | undefined> {
  let { held, passedOver } = notes;
  const projected = await readModels.projected(generation);
  const { clickhouse } = readModels;
  const audited = { store: reader, clickhouse, generation, measures, projected };
  for await (const answer of auditCustomers(audited, customerIds)) {
    for (const [customerId, found] of answer) {
      if (typeof found === 'string') {
        passedOver += 1;
        continue;
      }
      held += 1;
      for (const difference of found) differences.add(ofRow(customerId, difference));
    }
    if (signal.aborted) return undefined;
  }
  return { held, passedOver };
}

/** Customers of the rows whom the log lacks: every row of theirs is a surplus. */
async function holdSurplus(run: Verifying, rows: VerifiedRows): Promise<boolean> {
  const { readModels, generation } = rows;
  for (;;) {
    if (run.signal.aborted) return false;
    const after = run.notes.rowsUpTo;
    const shown = await customersInRows(readModels.clickhouse, generation, { after, limit: LOOKED_FOR });
    const unknown: string[] = [];
    for (const customerId of shown) if (!(await isInLog(run.reader, customerId))) unknown.push(customerId);
    if ((await holdAll(run, rows, unknown)) === undefined) return false;
    run.note({ rowsUpTo: shown.at(-1) ?? after });
    if (shown.length < LOOKED_FOR) return true;
  }
}

async function isInLog(reader: LogReader, customerId: string): Promise<boolean> {
  for (const stream of [CUSTOMER_STREAM, CHANGES_STREAM]) {
    for await (const _ of reader.streamPages(stream + customerId)) return true;
  }
  return false;
}
