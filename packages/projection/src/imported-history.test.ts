import { announcementEvent, DAY_MS, formatInstant } from '@touchstone/journey';
import { measures } from '@touchstone/journey/testing';
import type { CustomerRow, JourneyRow, PromiseRow, TrustChangeRow } from '@touchstone/read-models';
import { expect, test } from 'vitest';
import { createCustomers, type LoggedEvent } from './customers.ts';
import { createFold, type RowSink } from './fold.ts';

const THEN = Date.UTC(2019, 0, 1);
const NOW = Date.UTC(2026, 2, 1);
const DUE = THEN + 2 * DAY_MS;
const ABANDONED = THEN + 30 * DAY_MS;

function logged(position: number, recordedAt: number, type: string, time: number, data: object): LoggedEvent {
  const event = { id: `e${position}`, source: '/s', type: `touchstone.${type}.v1`, subject: 'ada' };
  const body = JSON.stringify({ ...event, time: formatInstant(time), data });
  return { position: BigInt(position), stream: 'customer-ada', time, recordedAt, body };
}

const JOURNEY = { journeyId: 'j', journeyType: 'other' };
const made = (recordedAt: number) =>
  logged(1, recordedAt, 'promise.made', THEN, { ...JOURNEY, promiseId: 'p', dueAt: formatInstant(DUE) });
const moment = (position: number, time: number, more: object = {}) =>
  logged(position, NOW, 'moment.recorded', time, {
    ...JOURNEY,
    touchpoint: 'desk',
    channel: 'web',
    outcome: 'succeeded',
    ...more,
  });
const satisfied = (position: number, time: number) => moment(position, time, { perception: 5 });

function told(position: number, kind: 'promise-broken' | 'journey-abandoned', at: number): LoggedEvent {
  const about =
    kind === 'promise-broken'
      ? { kind, promiseId: 'p', journeyId: 'j', at }
      : { kind, journeyId: 'j', journeyType: 'other', at };
  const body = JSON.stringify(announcementEvent('ada', about, true));
  return { position: BigInt(position), stream: 'changes-ada', time: at, recordedAt: NOW, body };
}

/** Folds the ranges and returns the newest version of each row. */
async function rowsAfter(ranges: readonly (readonly LoggedEvent[])[], settlesToRecording: boolean) {
  const newest: { customer?: CustomerRow; journey?: JourneyRow; promise?: PromiseRow } = {};
  const note = (name: keyof typeof newest) => ({ add: (row: never) => Object.assign(newest, { [name]: row }) });
  const rows = new Proxy({} as RowSink, { get: (_, name: string) => note(name.replace(/s$/, '') as 'customer') });
  const parked = new Set<bigint>();
  const given = settlesToRecording ? ({ ...measures, settlesToRecording } as const) : measures;
  const streams = { async *streamPages() {} };
  const customers = createCustomers({ streams, measures: given, parked, fromBeginning: true });
  const fold = createFold({ measures: given, customers, parked, rows }, 0n);
  const after = [];
  for (const range of ranges) {
    await fold.take(range);
    const { announcements, untoldAt, nextDueAt } = fold.finish();
    const { customer, journey, promise } = newest;
    expect({ untoldAt, nextDueAt }).toEqual({ untoldAt: customer!.untoldAt, nextDueAt: customer!.nextDueAt });
    after.push({ journey: journey!.status, promise: promise!.state, untoldAt, nextDueAt, told: announcements.length });
  }
  return after;
}

test('history that is imported shows at once what fell due before it was recorded, and until when that is to be announced', async () => {
  const ranges = [[made(NOW)], [told(2, 'promise-broken', DUE)], [told(3, 'journey-abandoned', ABANDONED)]];
  const settled = { journey: 'abandoned', promise: 'broken', nextDueAt: null, told: 0 };
  expect(await rowsAfter(ranges, true)).toEqual([
    { ...settled, untoldAt: DUE },
    { ...settled, untoldAt: ABANDONED },
    { ...settled, untoldAt: null },
  ]);
});

test('what falls due after it was recorded shows when it is announced', async () => {
  const ranges = [[made(DUE)], [told(2, 'promise-broken', DUE)]];
  expect(await rowsAfter(ranges, true)).toEqual([
    { journey: 'open', promise: 'open', nextDueAt: DUE, untoldAt: null, told: 0 },
    { journey: 'open', promise: 'broken', nextDueAt: ABANDONED, untoldAt: null, told: 0 },
  ]);
});

test('with a log whose time is its own, rows go by announcements alone', async () => {
  const [first, second] = await rowsAfter([[made(NOW)], [told(2, 'promise-broken', DUE)]], false);
  expect(first).toMatchObject({ journey: 'open', promise: 'open', nextDueAt: DUE, untoldAt: null });
  expect(second).toMatchObject({ journey: 'open', promise: 'broken', nextDueAt: ABANDONED, untoldAt: null });
});

test('more of the history takes back what rows showed ahead of it', async () => {
  const kept = logged(2, NOW, 'promise.kept', DUE, { promiseId: 'p' });
  const [first, second, third] = await rowsAfter([[made(NOW)], [kept], [moment(3, ABANDONED)]], true);
  expect(first).toMatchObject({ journey: 'abandoned', promise: 'broken' });
  expect(second).toMatchObject({ journey: 'abandoned', promise: 'kept', untoldAt: ABANDONED });
  expect(third).toMatchObject({ journey: 'abandoned', untoldAt: ABANDONED + 30 * DAY_MS });
});

test('what a killed run may have shown of a stage that was lost to silence is taken back by news of the time before', async () => {
  const deleted: number[] = [];
  const rows = new Proxy({} as RowSink, {
    get: (_, name: string) => ({
      add: (row: TrustChangeRow) => {
        if (name === 'trustChanges' && row.isDeleted === true) deleted.push(row.ordinal);
      },
    }),
  });
  const parked = new Set<bigint>();
  const customers = createCustomers({ streams: { async *streamPages() {} }, measures, parked, fromBeginning: true });
  const fold = createFold({ measures, customers, parked, rows }, 0n);
  const lost = THEN + 182 * DAY_MS;
  const silent = announcementEvent(
    'ada',
    { kind: 'trust-changed', ordinal: 1, from: 'cognitive', to: 'none', at: lost, because: 'idle', satisfaction: 100 },
    true,
  );
  await fold.take([
    ...[0, 1, 2].map((day) => satisfied(day + 1, THEN + day * DAY_MS)),
    { ...told(4, 'promise-broken', lost), body: JSON.stringify(silent) },
    satisfied(5, THEN + 100 * DAY_MS),
  ]);
  fold.finish();
  expect(deleted).toEqual([1]);
});

test('a promise that was overdue when it was made is announced without an event after it', async () => {
  const late = logged(1, NOW, 'promise.made', THEN, {
    ...JOURNEY,
    promiseId: 'p',
    dueAt: formatInstant(THEN - DAY_MS),
  });
  for (const byRecording of [true, false]) {
    const [row] = await rowsAfter([[late]], byRecording);
    expect(row).toMatchObject({ promise: 'broken', untoldAt: THEN - DAY_MS });
  }
});

test('a promise that was announced as broken and proves to be kept in time is to be retracted, whichever the log holds first', async () => {
  const kept = (position: number) => logged(position, NOW, 'promise.kept', DUE, { promiseId: 'p' });
  const toldOf = async (...ranges: LoggedEvent[][]) => (await rowsAfter(ranges, true)).map(({ told }) => told);
  expect(await toldOf([made(DUE)], [told(2, 'promise-broken', DUE)], [kept(3)])).toEqual([0, 0, 1]);
  expect(await toldOf([made(DUE)], [kept(2)], [told(3, 'promise-broken', DUE)])).toEqual([0, 0, 1]);
  expect(await toldOf([made(DUE), kept(2), told(3, 'promise-broken', DUE)])).toEqual([1]);
  expect(await toldOf([made(DUE)], [kept(2)])).toEqual([0, 0]);
});
