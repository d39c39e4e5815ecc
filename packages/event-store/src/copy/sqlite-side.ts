import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isDamaged } from '../damaged-event.ts';
import { EventStoreError, type KeptRejection, type StoredEvent } from '../port.ts';
import {
  bestSqliteDriver,
  resultCodes,
  type SqliteDatabase,
  type SqliteDriver,
  SqliteFailure,
} from '../sqlite/driver.ts';
import { eventStoreErrorFor, noSqliteLibrary } from '../sqlite/failure.ts';
import { streamHash } from '../sqlite/identity-index/identity-hash.ts';
import { lockStore } from '../sqlite/lock.ts';
import { openSqliteLog } from '../sqlite/log.ts';
import { readerOver } from '../sqlite/log-file-reader.ts';
import { openRejectionsReading } from '../sqlite/reading/read-rejections.ts';
import { checksumOfRow } from '../sqlite/row-checksum.ts';
import { prepareReader, prepareSchema } from '../sqlite/schema.ts';
import { liftSeal, sealOf, writeSeal } from '../sqlite/seal-file.ts';
import { sqliteEventStore } from '../sqlite/sqlite-event-store.ts';
import { asCopied, type CopySide, type CopyTarget, eachOf, LISTED_AT_ONCE, listedRejections } from './sides.ts';

/**
 * A log in a file, read through a connection that never writes, so that a running process may have
 * it open. If no process has, the file is first upgraded to this version's schema and its WAL
 * checkpointed.
 */
export async function sqliteCopySource(file: string): Promise<CopySide> {
  if (!existsSync(file)) throw new EventStoreError('refused', `There is no log at ${file}.`);
  await sqliteEventStore({ file })
    .then((store) => store.close())
    .catch((error: unknown) => {
      if (!(error instanceof EventStoreError) || error.code !== 'locked') throw error;
    });
  const database = driverHere().open(file);
  prepareReader(database);
  return sideOf(database, file, () => database.close());
}

/** A log in a file to be filled, under its lock; created if it does not exist. */
export async function sqliteCopyTarget(file: string): Promise<CopyTarget> {
  const driver = driverHere();
  mkdirSync(dirname(file), { recursive: true });
  let unlock = () => {};
  try {
    unlock = lockStore(driver, file);
    const database = driver.open(file);
    prepareSchema(database, file);
    // The copy reports nothing as durable before it ends, and copies again whatever a power loss
    // took.
    database.exec('PRAGMA synchronous=NORMAL');
    return targetOf(database, file, unlock);
  } catch (error) {
    unlock();
    throw eventStoreErrorFor(error, file);
  }
}

function targetOf(database: SqliteDatabase, file: string, unlock: () => void): CopyTarget {
  let now = 0;
  const log = openSqliteLog(database, { file, now: () => now, runEvents: undefined, mayFill: true });
  now = log.state().lastRecordedAt;
  const insert = database.prepare(
    'INSERT INTO rejections (id, rejected_at, resolved_at, rejection, checksum) VALUES (?, ?, ?, ?, ?)',
  );
  const resolve = database.prepare('UPDATE rejections SET resolved_at = ? WHERE id = ?');
  const lastRejection = database.prepare('SELECT coalesce(max(id), 0) AS id FROM rejections');
  const close = async () => {
    database.exec('PRAGMA synchronous=FULL');
    await log.close();
    unlock();
  };
  const side = sideOf(database, file, close);
  return {
    ...side,
    // The lock excludes every other writer.
    setSeal: async (seal) => writeSeal(file, seal),
    async append(events, _log, signal) {
      for (let from = 0; from < events.length; ) {
        signal.throwIfAborted();
        const copied = asCopied(events[from]!, isDamaged(events[from]!), now);
        now = copied.recordedAt;
        const run = [copied];
        // One transaction has one recording time.
        for (from++; from < events.length; from++) {
          const next = asCopied(events[from]!, isDamaged(events[from]!), now);
          if (next.recordedAt !== now) break;
          run.push(next);
        }
        const { outcomes } = await log.append(run);
        const untaken = outcomes.findIndex((outcome) => outcome !== 'accepted');
        if (untaken >= 0) throw repeated(run[untaken]!, outcomes[untaken]!);
      }
    },
    async positionOf(stream, { source, id }) {
      const positions = await log.positionsOf(streamHash(stream), 0, log.state().head);
      for (const position of positions.reverse()) {
        const event = await eventAt(side.events, BigInt(position));
        if (event?.stream === stream && event.source === source && event.id === id) return event.position;
      }
      return undefined;
    },
    async keepRejections(rejections) {
      database.transaction(() => {
        let last = Number(lastRejection.get()?.id);
        for (const { rejectionId, rejectedAt, resolvedAt, ...rejection } of rejections) {
          last = Math.max(last + 1, Number(rejectionId));
          const text = JSON.stringify(rejection);
          insert.run(last, rejectedAt, resolvedAt, text, checksumOfRow(rejectedAt, text));
        }
      });
    },
    async resolveRejections(ids, resolvedAt) {
      database.transaction(() => {
        for (const id of ids) resolve.run(resolvedAt, Number(id));
      });
    },
  };
}

async function eventAt(events: CopySide['events'], position: bigint): Promise<StoredEvent | undefined> {
  return (await eachOf(events(position - 1n)).next()).value;
}

function repeated({ position, stream, id }: StoredEvent, outcome: string): EventStoreError {
  return new EventStoreError(
    'refused',
    `The event ${JSON.stringify(id)} of stream ${JSON.stringify(stream)} at position ${position} is a ${outcome} of an earlier one: the stream was deleted and begun again. A log in a file cannot hold both. What to do: scavenge the database first.`,
  );
}

function sideOf(database: SqliteDatabase, file: string, closeFile: () => void | Promise<void>): CopySide {
  const { reader, guard } = readerOver(database, file, undefined, closeFile);
  const { identity, head, readAll, close } = reader;
  // The index of streams cannot be read while another process writes it, and few events name a
  // position.
  const selectFirst = database.prepare(
    'SELECT position FROM events WHERE stream = ? AND position > ? ORDER BY position LIMIT 1',
  );
  const { list } = openRejectionsReading(database);
  const events: CopySide['events'] = (after) => readAll({ after });
  return {
    place: `the log ${file}`,
    identity,
    head,
    events,
    async firstOf(stream, after) {
      const row = guard(() => selectFirst.get(stream, Number(after)));
      return row === undefined ? undefined : eventAt(events, BigInt(Number(row.position)));
    },
    rejections: () =>
      listedRejections(
        async (after): Promise<readonly KeptRejection[]> =>
          guard(() => [...list({ after, limit: LISTED_AT_ONCE, includeResolved: true })]),
      ),
    seal: async () => sealOf(file),
    async setSeal(seal) {
      writeSeal(file, seal);
      await turnToWrite(database);
    },
    liftSeal: async () => liftSeal(file),
    close,
  };
}

/**
 * Waits for a transaction that may be running, so that the next one sees the seal. Writes nothing.
 */
async function turnToWrite(database: SqliteDatabase): Promise<void> {
  database.exec('PRAGMA query_only=0');
  try {
    while (!hasTurn(database)) await pause(2);
  } finally {
    database.exec('PRAGMA query_only=1');
  }
}

function hasTurn(database: SqliteDatabase): boolean {
  try {
    database.transaction(() => undefined);
    return true;
  } catch (error) {
    if (error instanceof SqliteFailure && error.resultCode === resultCodes.busy) return false;
    throw error;
  }
}

function driverHere(): SqliteDriver {
  const driver = bestSqliteDriver();
  if (driver === undefined) throw noSqliteLibrary();
  return driver;
}
