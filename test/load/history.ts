import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bestSqliteDriver, type EventStore, type EventToAppend, sqliteEventStore } from '@touchstone/event-store';
import { appendAll } from './append-all.ts';
import { type HeldLog, systemTimes } from './history-system.ts';
import { type BenchRow, formatRow, inBoth, meanRate, median, ratePerSecond } from './measure.ts';
import { type SampleCloudEvent, sampleEvents, seededRandom, toAppend } from './sample-events.ts';

const ROUNDS = 7;
/** Events made, appended or read at a time. */
const SLICE = 10_000;
/** Slices appended: as many events as two or three of the index's first-level runs. */
const APPEND_ROUNDS = 32;
/**
 * Customers read per round; each round reads other ones, because a customer who was just read is in
 * every cache.
 */
const READ = 120;
/** Customers asked for per round of the whole system, whose answers take longer. */
const ANSWERS = 60;
/** Number of watched customers of each kind, and of events of each. */
const WATCHED = (READ + ANSWERS) * (ROUNDS + 1);
const EVENTS_EACH = 10;
/**
 * Span at the beginning (and at the end) of the log in which the old (and the recent) customers
 * have their events.
 */
const SPAN = 75_000;
const KINDS = ['old', 'recent', 'scattered'] as const;
/**
 * The goal compares ten million events with one million. With fewer events the short log is mostly
 * in memory, with hardly a run to merge.
 */
const GOAL_EVENTS = 10_000_000;
const REPEATS = 'duplicate batch of old events';
const ROWS = 'as many scattered rows by position';
const CUSTOMER = 'one customer';

interface Log extends HeldLog {
  readonly file: string;
  readonly events: number;
  store: EventStore;
}

/**
 * Measures the cost of a log's length with two logs, one ten times as long as the other: first the
 * logs alone, then the whole system over each, both in turn. The default of 2,000,000 events takes
 * three minutes; `HISTORY_EVENTS=10000000`, ten million against one million, takes fifteen minutes
 * and 10 GB of disk.
 */
export async function benchHistory(options: { readonly events?: number | undefined } = {}): Promise<BenchRow[]> {
  const events = options.events ?? Number(process.env.HISTORY_EVENTS ?? 2_000_000);
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-bench-history-'));
  const logs: Log[] = [];
  try {
    for (const [name, count] of [
      ['short', events / 10],
      ['long', events],
    ] as const) {
      const own = join(folder, name);
      mkdirSync(own);
      const file = join(own, 'events.db');
      const store = await sqliteEventStore({ file });
      logs.push({ folder: own, file, events: count, store, next: nextCustomers() });
      await fill(store, count);
    }
    const [short, long] = logs as [Log, Log];
    const times = await timesOf(short, long);
    for (const { store } of logs) await store.close();
    const rowsAlone = await rowTimes(short, long);
    const opened = logs.map(({ file }) => openings(file));
    const bytes = logs.map(({ file, events: count }) => statSync(file).size / count);
    const system = await systemTimes(short, long, {
      kinds: KINDS,
      rounds: ROUNDS,
      answers: ANSWERS,
      events: nextEvents,
    });
    return [
      ...Object.entries({ ...times, ...rowsAlone, ...system.times }).map(([name, [before, after]]) =>
        growth(events, name, before, after),
      ),
      figure(`open, ${events} events`, opened[0]!.ms, opened[1]!.ms, 3000, 'ms'),
      figure(`memory when open, ${events} events`, opened[0]!.mb, opened[1]!.mb, null, 'MB'),
      figure('bytes an event in the log', bytes[0]!, bytes[1]!, null, 'B'),
      figure('memory of the whole system', system.memory[0], system.memory[1], null, 'MB'),
    ];
  } finally {
    for (const { store } of logs) await store.close();
    rmSync(folder, { recursive: true });
  }
}

/** Event number → customer: customers who return over the whole log, old ones, and recent ones. */
function watchedOf(count: number): Map<number, string> {
  const random = seededRandom(count);
  const within = (from: number, length: number) => Math.floor(from + random() * length);
  const watched = new Map<number, string>();
  for (let customer = 0; customer < WATCHED; customer++) {
    for (let nth = 0; nth < EVENTS_EACH; nth++) {
      watched.set(within((nth * count) / EVENTS_EACH, count / EVENTS_EACH), watchedId('scattered', customer));
      watched.set(within(0, SPAN), watchedId('old', customer));
      watched.set(within(count - SPAN, SPAN), watchedId('recent', customer));
    }
  }
  return watched;
}

/** Appends the events of a shop, with those of the watched customers among them. */
async function fill(store: EventStore, count: number): Promise<void> {
  const watched = watchedOf(count);
  for (let taken = 0; taken < count; taken += SLICE) {
    const slice = nextEvents(SLICE).map((event, at) => ({
      ...event,
      subject: watched.get(taken + at) ?? event.subject,
    }));
    await appendAll(store, slice.map(toAppend), 'accepted');
  }
}

const watchedId = (kind: string, customer: number) => `${kind}-${customer}`;

/** Hands out the watched customers of one log, each only once. */
function nextCustomers(): HeldLog['next'] {
  const taken = new Map<string, number>();
  return (kind, count) => {
    const from = taken.get(kind) ?? 0;
    taken.set(kind, from + count);
    return Array.from({ length: count }, (_, nth) => watchedId(kind, from + nth));
  };
}

/**
 * Times in µs per event or customer, in the short and in the long log. Medians, except for appends.
 */
async function timesOf(short: Log, long: Log): Promise<Record<string, readonly [number, number]>> {
  const repeats = new Map<Log, EventToAppend[]>();
  for (const log of [short, long]) repeats.set(log, await oldEvents(log));
  const operations: Record<string, (log: Log) => Promise<number>> = {
    [REPEATS]: (log) => ratePerSecond(SLICE, () => appendAll(log.store, repeats.get(log)!, 'duplicate')),
    'read in global order': ({ store, events }) => ratePerSecond(SLICE, () => readMiddle(store, events)),
  };
  for (const kind of KINDS) {
    operations[`${CUSTOMER}, ${kind}`] = ({ store, next }) => {
      const customers = next(kind, READ);
      return ratePerSecond(READ, () => readCustomers(store, customers));
    };
  }
  const times = await inBoth({ rounds: ROUNDS, short, long, operations });
  return { ...(await appendTimes(short, long)), ...times };
}

/**
 * Mean of many appends, because appends are slow while the log merges runs and fast otherwise, so
 * that a few slices are not representative. Measured last, because it makes the logs grow.
 */
function appendTimes(short: Log, long: Log) {
  const append = async ({ store }: Log) => {
    const slice = nextSlice();
    return ratePerSecond(SLICE, () => appendAll(store, slice, 'accepted'));
  };
  return inBoth({
    rounds: APPEND_ROUNDS,
    short,
    long,
    operations: { 'append, batch 500': append },
    average: meanRate,
  });
}

/**
 * Reads as many rows by position, as scattered as those of a scattered customer: the part of the
 * cost that no index could save.
 */
async function rowTimes(short: Log, long: Log): Promise<Record<string, readonly [number, number]>> {
  const random = seededRandom(3);
  const databases = new Map(
    [short, long].map((log) => {
      const database = bestSqliteDriver()!.open(log.file);
      database.prepare('PRAGMA cache_size=-65536').get();
      const select = database.prepareTuples(
        `SELECT position, stream, time, recorded_at, body FROM events WHERE position IN (${Array(EVENTS_EACH).fill('?')})`,
      );
      return [log, { database, select }] as const;
    }),
  );
  const rows = (log: Log) => {
    const { select } = databases.get(log)!;
    return ratePerSecond(READ, () => {
      for (let customer = 0; customer < READ; customer++)
        select.all(...Array.from({ length: EVENTS_EACH }, () => 1 + Math.floor(random() * log.events)));
    });
  };
  const times = await inBoth({ rounds: ROUNDS, short, long, operations: { [ROWS]: rows } });
  for (const { database } of databases.values()) database.close();
  return times;
}

let seed = 1;
/** Twelve million events span three days, and none may be in the future. */
let startAt = Date.now() - 4 * 86_400_000;
/** New events of new customers, each later than the previous ones. */
function nextEvents(count: number): SampleCloudEvent[] {
  const events = sampleEvents(count, { seed: seed++, startAt });
  startAt = Date.parse(events.at(-1)!.time);
  return events;
}

const nextSlice = (): EventToAppend[] => nextEvents(SLICE).map(toAppend);

/** Events as they were appended, from a tenth of the way into the log. */
async function oldEvents({ store, events }: Log): Promise<EventToAppend[]> {
  const old: EventToAppend[] = [];
  const after = Math.floor(events / 10);
  for await (const page of store.readAll({ after: BigInt(after), upTo: BigInt(after + SLICE) })) {
    for (const { stream, source, id, type, time, body } of page) old.push({ stream, source, id, type, time, body });
  }
  return old;
}

async function readMiddle(store: EventStore, events: number): Promise<void> {
  const after = Math.floor(events / 2);
  let read = 0;
  for await (const page of store.readAll({ after: BigInt(after), upTo: BigInt(after + SLICE) })) read += page.length;
  if (read !== SLICE) throw new Error(`${read} events were read instead of ${SLICE}.`);
}

async function readCustomers(store: EventStore, customers: readonly string[]): Promise<void> {
  let read = 0;
  for (const customer of customers) read += (await store.readStream(`customer-${customer}`)).length;
  // Two watched customers may have been given the same place in the log.
  if (read < customers.length * EVENTS_EACH * 0.7)
    throw new Error(`Of ${customers[0]} and those after it only ${read} events were read.`);
}

/**
 * Opens the log three times, each in a process of its own: duration, and growth of the process's
 * memory.
 */
function openings(file: string): { readonly ms: number; readonly mb: number } {
  const each = [1, 2, 3].map(() =>
    JSON.parse(execFileSync(process.execPath, [...process.execArgv, import.meta.filename, file], { encoding: 'utf8' })),
  ) as { ms: number; mb: number }[];
  return { ms: median(each.map(({ ms }) => ms)), mb: median(each.map(({ mb }) => mb)) };
}

async function openOnce(file: string): Promise<{ ms: number; mb: number }> {
  const before = process.memoryUsage.rss();
  const started = performance.now();
  const store = await sqliteEventStore({ file });
  const ms = performance.now() - started;
  const mb = (process.memoryUsage.rss() - before) / 2 ** 20;
  await store.close();
  return { ms, mb };
}

function growth(events: number, name: string, before: number, after: number): BenchRow {
  const goal = hasGoal(name) && events >= GOAL_EVENTS ? 1.3 : null;
  return {
    name: `history x10: ${name}`,
    goalText: `${goal === null ? 'beside' : '≤ 1.3 of'} the same in a tenth of the log`,
    floor: before,
    product: after,
    ratio: after / before,
    goal,
    atMost: true,
    unit: 'µs',
  };
}

/**
 * Duplicates have a goal beside their own appends (`event-log.ts`), and reading rows by position
 * can have none. Finding a customer's rows is a tenth of the answer that they are read for, so only
 * the answer has a goal.
 */
const hasGoal = (name: string) => name !== REPEATS && name !== ROWS && !name.startsWith(CUSTOMER);

function figure(name: string, floor: number, product: number, goal: number | null, unit: string): BenchRow {
  const goalText = goal === null ? 'beside a tenth of the log' : `≤ ${goal} ${unit}`;
  return { name: `history: ${name}`, goalText, floor, product, ratio: null, goal, atMost: true, unit };
}

if (import.meta.filename === process.argv[1]) {
  const [file] = process.argv.slice(2);
  if (file !== undefined) console.log(JSON.stringify(await openOnce(file)));
  else for (const row of await benchHistory()) console.log(formatRow(row));
}
