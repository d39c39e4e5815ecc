/**
 * Worker that counts the minutes of a log written by another thread; it only reads the file.
 * Started by `minutesOnThread`.
 */

import { parentPort, workerData } from 'node:worker_threads';
import { giveWay } from '@touchstone/threads/give-way';
import type { EventStore } from '../../port.ts';
import { availableSqliteDrivers, type SqliteDatabase } from '../driver.ts';
import { guardOf } from '../failure.ts';
import { openMinutes } from '../reading/minutes.ts';
import { prepareReader } from '../schema.ts';
import {
  type FromMinutesThread,
  type MinutesThreadData,
  packError,
  packMinutes,
  type ToMinutesThread,
} from './messages.ts';

giveWay();
const port = parentPort!;
const tell = (message: FromMinutesThread) => port.postMessage(message);
const { file, driver } = workerData as MinutesThreadData;

let database: SqliteDatabase | undefined;
let count: EventStore['countMinutes'] | undefined;
let isClosed = false;
const guard = guardOf(file, () => isClosed);
const underWay = new Map<number, AbortController>();

port.on('message', (message: ToMinutesThread) => {
  if (message.kind === 'count') void answer(message);
  else if (message.kind === 'give up') underWay.get(message.id)?.abort();
  else {
    isClosed = true;
    database?.close();
    port.close();
  }
});

async function answer({ id, span }: Extract<ToMinutesThread, { kind: 'count' }>): Promise<void> {
  const givingUp = new AbortController();
  underWay.set(id, givingUp);
  try {
    count ??= guard(opened);
    tell({ id, result: packMinutes(await count({ ...span, signal: givingUp.signal })) });
  } catch (error) {
    tell({ id, failure: packError(error) });
  } finally {
    underWay.delete(id);
  }
}

/**
 * Opens the file at the first count, so that a failure is an answer and does not end the thread.
 */
function opened(): EventStore['countMinutes'] {
  database = availableSqliteDrivers()
    .find(({ name }) => name === driver)!
    .open(file);
  prepareReader(database);
  return openMinutes(database, guard);
}
