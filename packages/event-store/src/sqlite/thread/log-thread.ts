/**
 * Worker that writes the log's file: it takes appends and answers once they are on the disk.
 * Started by `openThreadedLog`.
 */

import { parentPort, workerData } from 'node:worker_threads';
import { machineClocks, trustedClock } from '@touchstone/runtime/trusted-clock';
import { availableSqliteDrivers, type SqliteDatabase } from '../driver.ts';
import { eventStoreErrorFor } from '../failure.ts';
import { openSqliteLog, type SqliteLog } from '../log.ts';
import { prepareSchema } from '../schema.ts';
import {
  type Answer,
  type Append,
  type Appended,
  type FromLogThread,
  packError,
  packOutcomes,
  type ThreadData,
  type ToLogThread,
  unpackAppends,
} from './messages.ts';

const port = parentPort!;
const tell = (message: FromLogThread) => port.postMessage(message);
const { file, driver: driverName, runEvents } = workerData as ThreadData;

let answers: Answer[] = [];
let appended: Appended[] = [];
let isTelling = false;

/**
 * Answers at the end of the turn, so that everything that shares a transaction shares a message.
 */
function tellSoon(log: SqliteLog): void {
  if (isTelling) return;
  isTelling = true;
  process.nextTick(() => {
    isTelling = false;
    tell({ kind: 'answers', state: log.state(), appended: packOutcomes(appended), answers });
    answers = [];
    appended = [];
  });
}

async function append(log: SqliteLog, { id, events, options }: Append): Promise<void> {
  try {
    const { outcomes } = await log.append(events, options);
    appended.push({ id, outcomes });
  } catch (error) {
    answers.push({ id, failure: packError(error) });
  }
  tellSoon(log);
}

async function perform(log: SqliteLog, { id, method, given }: ToLogThread['calls'][number]): Promise<void> {
  try {
    const call = log[method] as (...given: readonly unknown[]) => Promise<unknown>;
    const result = await call(...given);
    answers.push({ id, result });
  } catch (error) {
    answers.push({ id, failure: packError(error) });
  }
  tellSoon(log);
  if (method === 'close') process.nextTick(() => port.close());
}

let database: SqliteDatabase | undefined;
try {
  database = availableSqliteDrivers()
    .find(({ name }) => name === driverName)!
    .open(file);
  prepareSchema(database, file);
  const log = openSqliteLog(database, { file, now: trustedClock(machineClocks).now, runEvents });
  tell({ kind: 'opened', state: log.state() });
  port.on('message', ({ appends, calls }: ToLogThread) => {
    for (const one of unpackAppends(appends)) void append(log, one);
    for (const call of calls) void perform(log, call);
  });
} catch (error) {
  database?.close();
  tell({ kind: 'refused', failure: packError(eventStoreErrorFor(error, file)) });
}
