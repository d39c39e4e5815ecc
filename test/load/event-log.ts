import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bestSqliteDriver, type EventStore, type EventToAppend, sqliteEventStore } from '@touchstone/event-store';
import { decodeEvent } from '@touchstone/journey';
import { appendAll, BATCH } from './append-all.ts';
import { type BenchRow, formatRow, interleaved, ratePerSecond } from './measure.ts';
import { sampleEvents, seededRandom, toAppend } from './sample-events.ts';

const ROUNDS = 7;
/** Events per variant and round. */
const SLICE = 10_000;
/** Events in the log before the measurement. */
const HISTORY = 100_000;
const CUSTOMERS = 50_000;

/**
 * Measures the log against its floors: appends, duplicates, replay, and bytes. Takes about a
 * minute.
 */
export async function benchEventLog(): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-bench-log-'));
  const driver = bestSqliteDriver();
  const store = await sqliteEventStore({ file: join(folder, 'log.sqlite'), driver });
  const returning = await sqliteEventStore({ file: join(folder, 'returning.sqlite'), driver });
  const bare = openBareLog(join(folder, 'bare.sqlite'));
  const nextSlice = openSlices();
  const byReturningCustomers = openReturning();
  try {
    for (let taken = 0; taken < HISTORY; taken += SLICE) {
      await appendAll(store, nextSlice());
      await appendAll(returning, byReturningCustomers(nextSlice()));
      bare.append(nextSlice());
    }
    const repeats: EventToAppend[] = [];
    for await (const page of store.readAll({ upTo: BigInt(SLICE) })) {
      for (const { stream, source, id, type, time, body } of page)
        repeats.push({ stream, source, id, type, time, body });
    }
    // The events are made before the clock starts and dropped afterwards, because a heap full of
    // samples would slow down the next variant.
    const timed = (slice: EventToAppend[], work: (slice: EventToAppend[]) => Promise<void> | void) =>
      ratePerSecond(SLICE, () => work(slice));
    const rates = await interleaved({
      rounds: ROUNDS,
      variants: {
        bare: () => timed(nextSlice(), (slice) => bare.append(slice)),
        append: () => timed(nextSlice(), (slice) => appendAll(store, slice)),
        returning: () => timed(byReturningCustomers(nextSlice()), (slice) => appendAll(returning, slice)),
        duplicates: () => timed(repeats, (slice) => appendAll(store, slice, 'duplicate')),
        parse: () =>
          timed(repeats, (slice) => {
            for (const { body } of slice) JSON.parse(body);
          }),
        replay: () => ratePerSecond(SLICE, () => replay(store)),
      },
    });
    const stored = Number(await store.head());
    await store.close();
    const jsonBytes = repeats.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0) / repeats.length;
    return rowsOf(rates, jsonBytes, statSync(join(folder, 'log.sqlite')).size / stored);
  } finally {
    await store.close();
    await returning.close();
    bare.close();
    rmSync(folder, { recursive: true });
  }
}

function rowsOf(rates: Record<string, number>, jsonBytes: number, fileBytes: number): BenchRow[] {
  const row = (name: string, goalText: string, floor: number, product: number, goal: number | null, unit: string) => ({
    name,
    goalText,
    floor,
    product,
    ratio: product / floor,
    goal,
    unit,
  });
  const { bare = 0, append = 0, returning = 0, duplicates = 0, parse = 0, replay: replayed = 0 } = rates;
  return [
    row('log append, batch 500', '≥ 0.40 of a bare SQLite append', bare, append, 0.4, 'events/s'),
    row('log append, batch 500, returning customers', 'beside the bare append', bare, returning, 0.4, 'events/s'),
    row('duplicate batch answered', '≥ 1.5 of its own append rate', append, duplicates, 1.5, 'events/s'),
    row(
      'replay in global order, parsed, decoded',
      '≥ 0.55 of JSON.parse, one by one',
      parse,
      replayed,
      0.55,
      'events/s',
    ),
    { ...row('bytes per event in the log', '≤ 1.4 of its JSON', jsonBytes, fileBytes, 1.4, 'B'), atMost: true },
  ];
}

/**
 * The floor: a table of (position, body) in the same library with the same settings, one statement
 * per row, without any check.
 */
function openBareLog(file: string) {
  const driver = bestSqliteDriver();
  if (driver === undefined) throw new Error('No SQLite library loads here.');
  const database = driver.open(file);
  database.exec('PRAGMA page_size=16384');
  database.prepare('PRAGMA journal_mode=WAL').get();
  database.exec('PRAGMA synchronous=FULL');
  database.prepare('PRAGMA wal_autocheckpoint=5000').get();
  database.exec('CREATE TABLE events (position INTEGER PRIMARY KEY, body TEXT NOT NULL)');
  const insert = database.prepare('INSERT INTO events (body) VALUES (?)');
  return {
    append(events: readonly EventToAppend[]) {
      for (let at = 0; at < events.length; at += BATCH) {
        database.transaction(() => {
          for (const { body } of events.slice(at, at + BATCH)) insert.run(body);
        });
      }
    },
    close: () => database.close(),
  };
}

/** New events of new customers each time. */
function openSlices(): () => EventToAppend[] {
  let seed = 1;
  return () => sampleEvents(SLICE, { seed: seed++ }).map(toAppend);
}

/**
 * The same events by random returning customers, so that each batch touches other parts of the
 * store's index.
 */
function openReturning(): (events: readonly EventToAppend[]) => EventToAppend[] {
  const random = seededRandom(7);
  return (events) => events.map((event) => ({ ...event, stream: `customer-${Math.floor(random() * CUSTOMERS)}` }));
}

async function replay(store: EventStore): Promise<void> {
  let decoded = 0;
  for await (const page of store.readAll({ upTo: BigInt(SLICE) })) {
    for (const event of page) if (decodeEvent(event).time > 0) decoded += 1;
  }
  if (decoded !== SLICE) throw new Error(`${decoded} events were read instead of ${SLICE}.`);
}

if (import.meta.filename === process.argv[1]) for (const row of await benchEventLog()) console.log(formatRow(row));
