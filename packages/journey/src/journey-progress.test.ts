import { expect, test } from 'vitest';
import { type Definition, definitionsByType } from './definitions.ts';
import type { JourneyEvent } from './events.ts';
import { foldAll } from './folding.ts';
import { DAY_MS } from './instant.ts';
import { type JourneyProgress, progressFolding } from './journey-progress.ts';
import { policyV1 } from './policy.ts';

const START = Date.UTC(2026, 0, 1);
const onDay = (days: number) => START + days * DAY_MS;

const order: Definition = {
  type: 'order',
  title: 'Online order',
  steps: ['order.placed', 'fraud.checked', 'payment.approved', 'parcel.shipped', 'delivery.received'],
  completesOn: ['delivery.received'],
  touchpoints: {
    'order.placed': { title: 'Order' },
    'payment.approved': { title: 'Payment', critical: true },
    'parcel.shipped': { title: 'Dispatch' },
    'delivery.received': { title: 'Delivery' },
  },
  expects: [{ after: 'payment.approved', touchpoint: 'parcel.shipped', withinMs: 2 * DAY_MS }],
};

let count = 0;
function event(days: number, type: string, data: object): JourneyEvent {
  const id = `p${count++}`;
  const known = { journeyId: 'j', journeyType: 'order', ...data };
  return {
    id,
    source: '/t',
    type: `touchstone.${type}.v1`,
    customerId: 'c',
    time: onDay(days),
    data: known,
  } as JourneyEvent;
}
const moment = (days: number, touchpoint: string, data: object = {}) =>
  event(days, 'moment.recorded', { touchpoint, channel: 'web', outcome: 'succeeded', ...data });

function progressOf(events: readonly JourneyEvent[], days: number, definition = order): JourneyProgress | null {
  const measures = { policy: policyV1, definitions: definitionsByType([definition]) };
  return foldAll(progressFolding(measures, 'c', 'j', onDay(days)), events);
}
const shortly = (progress: JourneyProgress | null) =>
  progress!.steps.map(({ title, state, doneAt, dueAt, isLate }) => [
    title,
    state,
    ...(doneAt === null ? [] : [doneAt]),
    ...(dueAt === null ? [] : [dueAt]),
    ...(isLate ? ['late'] : []),
  ]);

const paid = [moment(0, 'order.placed'), moment(0.1, 'fraud.checked'), moment(1, 'payment.approved')];

test('a customer is told what is done, what comes next and by when, in titles alone', () => {
  expect(progressOf(paid, 2)).toMatchObject({ title: 'Online order', status: 'open', endedAt: null });
  expect(shortly(progressOf(paid, 2))).toEqual([
    ['Order', 'done', onDay(0)],
    ['Payment', 'done', onDay(1)],
    ['Dispatch', 'next', onDay(3)],
    ['Delivery', 'later'],
  ]);
});

test('a promised time that has passed is told as late, until the step is done', () => {
  expect(shortly(progressOf(paid, 4))[2]).toEqual(['Dispatch', 'next', onDay(3), 'late']);
  expect(shortly(progressOf([...paid, moment(4, 'parcel.shipped')], 5))[2]).toEqual(['Dispatch', 'done', onDay(4)]);
});

test('a promise that somebody published counts like an expected one, and makes a done step owed again', () => {
  const promised = event(1.5, 'promise.made', {
    promiseId: 'p',
    touchpoint: 'payment.approved',
    dueAt: new Date(onDay(9)).toISOString(),
    what: 'a new invoice for Mr. Bean',
  });
  expect(shortly(progressOf([...paid, promised], 2))[1]).toEqual(['Payment', 'next', onDay(9)]);
  expect(JSON.stringify(progressOf([...paid, promised], 2))).not.toContain('Bean');
});

test('a step that failed is not done', () => {
  const failed = [moment(0, 'order.placed'), moment(1, 'payment.approved', { outcome: 'failed' })];
  expect(shortly(progressOf(failed, 2)).slice(0, 2)).toEqual([
    ['Order', 'done', onDay(0)],
    ['Payment', 'next'],
  ]);
});

test('a repeat, and the moments of other journeys, count for nothing', () => {
  const other = moment(1, 'payment.approved', { journeyId: 'other' });
  const [placed] = paid;
  expect(shortly(progressOf([placed!, placed!, other], 2))).toEqual([
    ['Order', 'done', onDay(0)],
    ['Payment', 'next'],
    ['Dispatch', 'later'],
    ['Delivery', 'later'],
  ]);
});

test('an ended journey tells what was done, and nothing still to come', () => {
  const completed = progressOf([...paid, moment(3, 'delivery.received')], 4);
  expect(completed).toMatchObject({ status: 'completed', endedAt: onDay(3) });
  expect(shortly(completed).map(([title]) => title)).toEqual(['Order', 'Payment', 'Delivery']);
  const abandoned = progressOf(paid, 100);
  expect(abandoned).toMatchObject({ status: 'abandoned', endedAt: onDay(31) });
  expect(shortly(abandoned).map(([title]) => title)).toEqual(['Order', 'Payment']);
});

test('without steps in an order, what was done comes first, then what is promised', () => {
  const { steps: _, ...unordered } = order;
  expect(shortly(progressOf(paid, 2, unordered))).toEqual([
    ['Order', 'done', onDay(0)],
    ['Payment', 'done', onDay(1)],
    ['Dispatch', 'next', onDay(3)],
  ]);
});

test('a journey that nobody named has no progress, and one without a definition has no steps', () => {
  expect(progressOf([moment(0, 'order.placed', { journeyId: 'other' })], 1)).toBeNull();
  const unknown = progressOf([moment(0, 'order.placed', { journeyType: 'unknown' })], 1);
  expect(unknown).toEqual({ title: null, status: 'open', endedAt: null, steps: [] });
});
