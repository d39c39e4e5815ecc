import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { availableSqliteDrivers, type EventStore, type EventToAppend, sqliteEventStore } from '@touchstone/event-store';
import { decodeEvent } from '@touchstone/journey';
import { type BenchRow, formatRow, interleaved, ratePerSecond } from './measure.ts';
import { sampleEvents, seededRandom, toAppend } from './sample-events.ts';

const ROUNDS = 7;
const BATCH = 500;
/** Events that each variant takes in one round. */
const SLICE = 10_000;
/** Events in the log before anything is measured. */
const HISTORY = 100_000;
const CUSTOMERS = 50_000;

/** The log against its floors: appends, repeats, replay, and bytes. About a minute. */
export async function benchEventLog(): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-bench-log-'));
  const driver = availableSqliteDrivers()[0];
  const store = await sqliteEventStore({ file: join(folder, 'log.sqlite'), driver });
  const returning = await sqliteEventStore({ file: join(folder, 'returning.sqlite'), driver });
  const bare = openBareLog(join(folder, 'bare.sqlite'));
  try {
    const events = sampleEvents(HISTORY + SLICE * (ROUNDS + 1)).map(toAppend);
    const random = seededRandom(7);
    // The same events by customers who come back at random: each batch touches other parts of whatever the store keeps about them.
    const shuffled = events.map((event) => ({ ...event, stream: `customer-${Math.floor(random() * CUSTOMERS)}` }));
    await appendAll(store, events.slice(0, HISTORY));
    await appendAll(returning, shuffled.slice(0, HISTORY));
    bare.append(events.slice(0, HISTORY));
    const slices = takeTurns(events);
    const returningSlices = takeTurns(shuffled);
    const bareSlices = takeTurns(events);
    const repeats = events.slice(0, SLICE);
    const parsed = repeats.map(({ body }) => body);
    const rates = await interleaved({
      rounds: ROUNDS,
      variants: {
        bare: () => ratePerSecond(SLICE, () => bare.append(bareSlices())),
        append: () => ratePerSecond(SLICE, () => appendAll(store, slices())),
        returning: () => ratePerSecond(SLICE, () => appendAll(returning, returningSlices())),
        duplicates: () => ratePerSecond(SLICE, () => appendAll(store, repeats, 'duplicate')),
        parse: () =>
          ratePerSecond(SLICE, () => {
            for (const body of parsed) JSON.parse(body);
          }),
        replay: () => ratePerSecond(SLICE, () => replay(store)),
      },
    });
    await store.close();
    const jsonBytes = events.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0);
    return rowsOf(rates, jsonBytes / events.length, statSync(join(folder, 'log.sqlite')).size / events.length);
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

/** The floor: a table of (position, body) in the same library with the same settings, one statement a row, nothing checked. */
function openBareLog(file: string) {
  const driver = availableSqliteDrivers()[0];
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

async function appendAll(store: EventStore, events: readonly EventToAppend[], expected = 'accepted'): Promise<void> {
  for (let at = 0; at < events.length; at += BATCH) {
    const { verdicts } = await store.append(events.slice(at, at + BATCH));
    if (verdicts.some((verdict) => verdict !== expected)) throw new Error(`Not all events were ${expected}.`);
  }
}

/** The events behind the history, a slice a turn. */
function takeTurns(events: readonly EventToAppend[]): () => EventToAppend[] {
  let at = HISTORY;
  return () => {
    at += SLICE;
    return events.slice(at - SLICE, at);
  };
}

async function replay(store: EventStore): Promise<void> {
  let decoded = 0;
  for await (const page of store.readAll({ upTo: BigInt(SLICE), pageSize: 1000 })) {
    for (const event of page) if (decodeEvent(event).time > 0) decoded += 1;
  }
  if (decoded !== SLICE) throw new Error(`${decoded} events were read instead of ${SLICE}.`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const row of await benchEventLog()) console.log(formatRow(row));
}
