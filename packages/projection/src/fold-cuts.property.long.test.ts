import type { StreamRange } from '@touchstone/event-store';
import {
  announcementEvent,
  apply,
  clockCorrectedEvent,
  decodeEvent,
  formatInstant,
  initialState,
  type JourneyEvent,
  type MeasurementRules,
  newChanges,
  parseInstant,
  settle,
  standingAnnouncements,
} from '@touchstone/journey';
import { history, measures } from '@touchstone/journey/testing';
import type { Rows } from '@touchstone/read-models';
import { type ProofChange, provenTables, sumOfChanges } from '@touchstone/read-models/encoding';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createCustomers, type LoggedEvent } from './customers.ts';
import { createFold, type RowSink } from './fold.ts';

const DAY_MS = 86_400_000;
const settling = { ...measures, settlesToRecording: true } as const;

/**
 * Builds the log of one customer: their events (recorded at once or late), and the deadlines that
 * time passed before the next event, which may bring news from the past. Now and then the clock ran
 * ahead, and premature announcements are withdrawn.
 */
function logOf(
  events: readonly JourneyEvent[],
  waitDays: readonly number[],
  aheadDays: readonly number[],
  lateDays: readonly number[],
): LoggedEvent[] {
  const log: LoggedEvent[] = [];
  let now = 0;
  let recordedAt = 0;
  const add = (stream: string, time: number, body: object) => {
    recordedAt = Math.max(recordedAt, now + lateDays[log.length % lateDays.length]! * DAY_MS);
    log.push({ position: BigInt(log.length + 1), stream, time, recordedAt, body: JSON.stringify(body) });
  };
  for (const [index, { customerId: _, time, ...event }] of events.entries()) {
    add('customer-c', time, { ...event, subject: 'c', time: formatInstant(time) });
    now = Math.max(now, time) + waitDays[index % waitDays.length]! * DAY_MS;
    const state = initialState('c');
    for (const stored of log) {
      if (stored.stream === 'customer-c') apply(measures, state, decodeEvent(stored), newChanges());
    }
    const due = newChanges();
    settle(measures, state, now, due);
    for (const announcement of due.announcements) {
      const announced = announcementEvent('c', announcement, true);
      add('changes-c', parseInstant(announced.time)!, announced);
    }
    const ahead = aheadDays[index % aheadDays.length]!;
    if (ahead === 0) continue;
    now -= ahead * DAY_MS;
    const told = log.filter(({ stream }) => stream === 'changes-c').map((stored) => ({ ...stored, id: idOf(stored) }));
    const correction = clockCorrectedEvent('c', standingAnnouncements(told), now);
    if (correction !== null) add('changes-c', now, correction);
  }
  return log;
}

const idOf = ({ body }: LoggedEvent): string => (JSON.parse(body) as { readonly id: string }).id;

interface Written {
  readonly name: keyof Rows;
  // A row of any table; its key column is looked up by table.
  readonly row: Readonly<Record<string, unknown>>;
}

interface Run {
  readonly written: readonly Written[];
  /** The change of the tables' proof that the batch claims. */
  readonly proof: ProofChange;
}

/** Runs the fold from a checkpoint, with batches that end at these positions. */
async function run(
  measures: MeasurementRules,
  log: readonly LoggedEvent[],
  after: bigint,
  ends: readonly bigint[],
): Promise<Run> {
  const written: Written[] = [];
  const proofs: ProofChange[] = [];
  const rows = new Proxy({} as RowSink, {
    get: (_, name: keyof Rows) => ({ add: (row: Written['row']) => written.push({ name, row }) }),
  });
  const streams = {
    async *streamPages(stream: string, { upTo }: StreamRange = {}) {
      yield log.filter((stored) => stored.stream === stream && (upTo === undefined || stored.position <= upTo));
    },
  };
  const parked = new Set<bigint>();
  const customers = createCustomers({ streams, measures, parked, fromBeginning: after === 0n });
  const fold = createFold({ measures, customers, parked, rows }, after);
  let from = after;
  for (const end of ends) {
    await fold.take(log.filter(({ position }) => position > from && position <= end));
    proofs.push(fold.finish().proof);
    from = end;
  }
  return { written, proof: sumOfChanges(proofs) };
}

const NOT_RUN: Run = { written: [], proof: sumOfChanges([]) };

const NAMED_BY = {
  journeys: 'journeyId',
  customers: 'customerId',
  promises: 'promiseId',
  complaints: 'complaintId',
  trustChanges: 'ordinal',
} as Partial<Record<keyof Rows, string>>;

/**
 * Rows that a reader finds after all batches: the greatest version of each, without deleted ones.
 */
function tables(written: readonly Written[]): Record<string, unknown> {
  const found = new Map<string, Written['row']>();
  for (const { name, row } of written) {
    const naming = NAMED_BY[name];
    if (naming === undefined) continue;
    const key = `${name} ${row[naming]}`;
    const before = found.get(key);
    if (before === undefined || (row.version as bigint) >= (before.version as bigint)) found.set(key, row);
  }
  const seen = [...found].filter(([, row]) => row.isDeleted !== true);
  return Object.fromEntries(seen.map(([key, row]) => [key, { ...row, version: undefined }]));
}

/** The proof of the rows that a reader finds. */
function proofOf(found: Record<string, unknown>): ProofChange {
  const of = (table: string) => {
    const proofs = Object.entries(found).filter(([key]) => key.startsWith(`${table} `));
    const sum = proofs.reduce((sum, [, row]) => sum + (row as { readonly proof: number }).proof, 0);
    return { rows: proofs.length, sum };
  };
  return Object.fromEntries(provenTables.map((table) => [table, of(table)])) as ProofChange;
}

test('whatever a run had written when it was killed, and wherever its batches ended: the redo leaves the rows of an undisturbed run, and knows what they say', async () => {
  const waits = fc.array(fc.constantFrom(0, 0, 0, 40, 120, 400), { minLength: 1, maxLength: 7 });
  const aheads = fc.array(fc.constantFrom(0, 0, 0, 20, 90), { minLength: 1, maxLength: 5 });
  const lates = fc.array(fc.constantFrom(0, 0, 0, 20, 200, 1000), { minLength: 1, maxLength: 5 });
  const places = fc.array(fc.nat(60), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(
      history,
      waits,
      aheads,
      fc.constantFrom(measures, settling),
      lates,
      places,
      fc.nat(60),
      async (events, waitDays, aheadDays, given, lateDays, ends, checkpointed) => {
        const log = logOf(events, waitDays, aheadDays, lateDays);
        fc.pre(log.length > 0);
        const end = BigInt(log.length);
        const checkpoint = BigInt(checkpointed % log.length);
        const kept = checkpoint === 0n ? NOT_RUN : await run(given, log, 0n, [checkpoint]);
        const endsKilled = [...new Set(ends.map((place) => BigInt(place % log.length) + 1n))]
          .filter((place) => place > checkpoint)
          .sort((a, b) => Number(a - b));
        const killed = await run(given, log, checkpoint, endsKilled);
        const redone = await run(given, log, checkpoint, [end]);
        const undisturbed = await run(given, log, 0n, [end]);
        const found = tables([...kept.written, ...killed.written, ...redone.written]);
        expect(found).toEqual(tables(undisturbed.written));
        const inCuts = await run(given, log, checkpoint, [...endsKilled, end]);
        for (const after of [redone, inCuts]) expect(sumOfChanges([kept.proof, after.proof])).toEqual(proofOf(found));
        expect(undisturbed.proof).toEqual(proofOf(found));
      },
    ),
    { numRuns: 300, seed: 5, interruptAfterTimeLimit: 40_000 },
  );
});
