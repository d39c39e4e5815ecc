import {
  heartbeatBacktest,
  judged,
  lastMomentsOver,
  type Moment,
  objectiveBacktest,
  spentOver,
  windowsOver,
} from '@touchstone/alerts';
import { heartbeatSchema, objectiveSchema } from '@touchstone/api';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type AskedHours, expectedOfHeartbeat, expectedOfObjective, type Seen } from './backtests.ts';

/** Number of runs; for a longer search: `ALERT_RUNS=5000 npx vitest run test/oracle/alerts`. */
const runs = Number(process.env.ALERT_RUNS ?? 80);
const SEED = Number(process.env.ALERT_SEED ?? 52);

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Around changes of the clocks of the zones below. */
const begins = ['2026-03-28T20:00:00Z', '2026-10-24T19:00:00Z', '2026-03-07T22:00:00Z', '2026-04-04T10:00:00Z'];
const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata'];

const begin = fc.constantFrom(...begins).map(Date.parse);
/** Minutes are often hit exactly, because borders are where readings differ. */
const offset = (least: number, most: number) =>
  fc.oneof(
    fc.integer({ min: least, max: most }),
    fc.integer({ min: Math.ceil(least / MINUTE), max: Math.floor(most / MINUTE) }).map((minute) => minute * MINUTE),
  );

/** Bursts of moments, most of them stored at once, some late, some ahead of their time. */
const burst = fc.record({
  at: offset(-73 * HOUR, 5 * HOUR),
  moments: fc.array(
    fc.record({
      after: offset(0, 20 * MINUTE),
      late: fc.oneof(
        { weight: 4, arbitrary: fc.constantFrom(0, 1, 800) },
        { weight: 1, arbitrary: offset(-10 * MINUTE, 7 * HOUR) },
      ),
      failed: fc.boolean(),
    }),
    { minLength: 1, maxLength: 14 },
  ),
});

const history = fc
  .array(burst, { minLength: 0, maxLength: 9 })
  .map((bursts) =>
    bursts.flatMap(({ at, moments }) =>
      moments.map(({ after, late, failed }) => ({ time: at + after, storedAt: at + after + late, failed })),
    ),
  );

const at = (from: number, seen: readonly Seen[]): Moment[] =>
  seen.map(({ time, storedAt, failed }) => ({
    touchpoint: 'paid',
    channel: '',
    team: '',
    journeyType: '',
    time: from + time,
    storedAt: from + storedAt,
    failed,
  }));

/** Counts what the runs had, so that none compares nothing with nothing. */
const seenAlerts = (all: { ended: number; open: number }, alerts: readonly { readonly ended: number | null }[]) => {
  for (const { ended } of alerts) all[ended === null ? 'open' : 'ended']++;
};

test('objectives have the alerts of an implementation written apart, minute by minute', () => {
  const all = { ended: 0, open: 0 };
  fc.assert(
    fc.property(
      begin,
      history,
      fc.record({
        objective: fc.constantFrom(0.5, 0.75, 0.93, 0.95, 0.98, 0.999),
        minMoments: fc.constantFrom(1, 4, 10),
        minFailures: fc.constantFrom(1, 3, 5),
      }),
      fc.integer({ min: 1, max: 240 }),
      (from, seen, asked, minutes) => {
        const moments = at(from, seen);
        const to = from + minutes * MINUTE;
        const objective = objectiveSchema.parse({ touchpoint: 'paid', ...asked });
        const span = { from, to };
        const windows = windowsOver(moments, span);
        const got = judged(objectiveBacktest(objective, span, windows, spentOver(moments, span)), span);
        expect(got).toEqual(expectedOfObjective(asked, moments, from, to));
        seenAlerts(all, got.alerts);
      },
    ),
    { numRuns: runs, seed: SEED },
  );
  expect(Math.min(all.ended, all.open)).toBeGreaterThan(0);
});

const hours: fc.Arbitrary<AskedHours | undefined> = fc.option(
  fc.record({
    days: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 7 }),
    from: fc.constantFrom('00:00', '01:30', '02:15', '02:30', '08:00', '22:00', '23:59'),
    to: fc.constantFrom('00:00', '01:45', '02:30', '02:45', '03:00', '20:00', '23:59'),
    timeZone: fc.constantFrom(...zones),
  }),
  { nil: undefined },
);

test('heartbeats have the silences of an implementation written apart, also over changes of the clocks', () => {
  const all = { ended: 0, open: 0 };
  fc.assert(
    fc.property(
      begin,
      history,
      hours,
      fc.constantFrom(['PT90S', 90_000], ['PT10M', 10 * MINUTE], ['PT2H', 2 * HOUR], ['P1DT1H', 25 * HOUR]),
      fc.integer({ min: 1, max: 1_000 }),
      (from, seen, expectedHours, [silentAfter, limitMs], minutes) => {
        const moments = at(from, seen);
        const to = from + minutes * MINUTE;
        const heartbeat = heartbeatSchema.parse({ touchpoint: 'paid', silentAfter, hours: expectedHours });
        const got = judged(heartbeatBacktest(heartbeat, { from, to }, lastMomentsOver(moments)), { from, to });
        expect(got).toEqual(expectedOfHeartbeat(limitMs as number, expectedHours, moments, from, to));
        seenAlerts(all, got.alerts);
      },
    ),
    { numRuns: runs, seed: SEED },
  );
  expect(Math.min(all.ended, all.open)).toBeGreaterThan(0);
});
