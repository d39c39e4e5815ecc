import {
  identitiesHeldTwice,
  openIdentitiesOnDisk,
  PARTS,
  PartsLost,
  proofOf,
  verifyLog,
} from '@touchstone/event-store';
import { CliError } from '../cli-error.ts';
import { whole } from '../terminal/style.ts';
import { customersOnDisk } from './customers-on-disk.ts';
import { differencesFrom, type Found, ofLog } from './differences.ts';
import { isOfThisLog, newNotes } from './verify-notes.ts';
import { verifyRows } from './verify-rows.ts';
import { noteOf, type Verifying, type VerifyOptions } from './verifying.ts';

export interface VerifySummary {
  readonly outcome: 'done' | 'interrupted';
  readonly events: number;
  /** Position up to which the log was read, or is to be read. */
  readonly upTo: bigint;
  /** Position of the log at which an earlier run stopped. */
  readonly resumedAfter: bigint | undefined;
  /**
   * Customers whose rows were compared with the log, and customers who received events meanwhile.
   */
  readonly customers: number;
  readonly passedOver: number;
  readonly differences: Found;
}

/** Minimum time between two writes of the notes, ms. */
const NOTE_MS = 2_000;

/**
 * Reads the whole log, and compares the rows with it if they are given. A stopped run can be
 * resumed.
 */
export async function verify(options: VerifyOptions): Promise<VerifySummary> {
  const { reader, rows, folder } = options;
  const generation = rows?.generation ?? null;
  const earlier = options.isAnew ? undefined : folder.read();
  const isGoneOnWith =
    earlier !== undefined && earlier.generation === generation && (await isOfThisLog(earlier, reader));
  if (!isGoneOnWith) folder.remove();
  const notes = isGoneOnWith ? earlier : await newNotes(reader, generation);
  const differences = differencesFrom(notes.found);
  const run: Verifying = {
    ...options,
    differences,
    notes,
    note(done) {
      run.notes = { ...run.notes, ...done, found: differences.found() };
      folder.write(run.notes);
    },
  };
  const isDone = await verifyAll(run);
  if (isDone) folder.remove();
  const { read, upTo, held, passedOver } = run.notes;
  return {
    outcome: isDone ? 'done' : 'interrupted',
    events: read.events,
    upTo,
    resumedAfter: isGoneOnWith ? notes.read.position : undefined,
    customers: held,
    passedOver,
    differences: differences.found(),
  };
}

async function verifyAll(run: Verifying): Promise<boolean> {
  const { rows } = run;
  try {
    return (await readLog(run)) && (await readIdentities(run)) && (rows === undefined || (await verifyRows(run, rows)));
  } catch (error) {
    if (!(error instanceof PartsLost)) throw error;
    throw new CliError(`What an earlier run left is not whole (${error.message}): begin anew with --restart.`);
  }
}

async function readLog(run: Verifying): Promise<boolean> {
  const { reader, folder, signal, differences, onProgress, rows } = run;
  const { upTo, read, isRead, ...lengths } = run.notes;
  if (isRead) return true;
  const identities = openIdentitiesOnDisk(folder.path, lengths.identities);
  const customers = rows === undefined ? undefined : customersOnDisk(folder.path, lengths.customers);
  let proof = run.notes.proof;
  let progress = () => read;
  let noted = performance.now();
  const note = (isRead: boolean) => {
    noted = performance.now();
    const written = { identities: identities.flush(), customers: customers?.flush() ?? [] };
    run.note({ read: progress(), proof, isRead, ...written });
  };
  const isDone = await verifyLog({
    reader,
    from: read,
    upTo,
    identities,
    onEvent: customers?.add,
    onDifference: (difference) => differences.add(ofLog(difference)),
    onPage({ events, last }, reached) {
      progress = reached;
      proof = proofOf(last);
      onProgress?.('log', Number(last.position), Number(upTo), noteOf(run, `${whole(events)} events`));
      if (performance.now() - noted > NOTE_MS || signal.aborted) note(false);
    },
    signal,
  });
  if (isDone) note(true);
  return isDone;
}

async function readIdentities(run: Verifying): Promise<boolean> {
  const { reader, folder, signal, differences, onProgress } = run;
  const identities = openIdentitiesOnDisk(folder.path, run.notes.identities);
  let part = run.notes.identityPart;
  for (let noted = performance.now(); part < PARTS && !signal.aborted; part++) {
    for await (const difference of identitiesHeldTwice(reader, identities, part)) differences.add(ofLog(difference));
    onProgress?.('identities', part + 1, PARTS, noteOf(run));
    if (performance.now() - noted < NOTE_MS) continue;
    noted = performance.now();
    run.note({ identityPart: part + 1 });
  }
  run.note({ identityPart: part });
  return !signal.aborted;
}
