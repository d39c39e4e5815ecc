import type { Definition } from '@touchstone/journey';
import type { TestEvent } from './start-test-system.ts';

/** A small shop for tests: every kind of answer has something to show. */

export const orderDefinition: Definition = {
  type: 'order',
  completesOn: ['delivery.received'],
  touchpoints: { 'payment.approved': { weight: 2, critical: true } },
};

const moment = (
  customer: string,
  at: string,
  journeyId: string | null,
  touchpoint: string,
  more: Record<string, unknown> = {},
): TestEvent => ({
  customer,
  at,
  type: 'moment.recorded',
  data: {
    ...(journeyId === null ? {} : { journeyId, journeyType: 'order' }),
    touchpoint,
    channel: 'web',
    outcome: 'succeeded',
    ...more,
  },
});

/** Anna grows to trust the shop; her journeys are completed. */
const anna: TestEvent[] = [1, 2, 3, 4].flatMap((month) => {
  const journeyId = month === 4 ? 'shared' : `anna-${month}`;
  const day = (n: number) => `2026-0${month}-0${n}T10:00:00.000Z`;
  return [
    moment('anna', day(1), journeyId, 'order.placed', { attributes: { colour: 'red', size: month } }),
    moment('anna', day(2), journeyId, 'payment.approved', { perception: 5 }),
    { customer: 'anna', at: day(2), type: 'purchase.made', data: { amount: 10 * month, currency: 'EUR' } },
    moment('anna', day(3), journeyId, 'delivery.received', { channel: 'parcel', perception: 5 }),
  ];
});

/** Ben's payment fails, a promise is broken by time alone, and a complaint stays open. */
const ben: TestEvent[] = [
  moment('ben', '2026-03-01T09:00:00.000Z', 'ben-1', 'order.placed'),
  moment('ben', '2026-03-01T09:05:00.000Z', 'ben-1', 'payment.approved', { outcome: 'failed', cause: 'system' }),
  {
    customer: 'ben',
    at: '2026-03-01T09:06:00.000Z',
    type: 'promise.made',
    data: {
      journeyId: 'ben-1',
      journeyType: 'order',
      promiseId: 'ben-p',
      dueAt: '2026-03-05T00:00:00Z',
      what: 'your parcel by Thursday',
    },
  },
  {
    customer: 'ben',
    at: '2026-03-06T08:00:00.000Z',
    type: 'complaint.raised',
    data: {
      journeyId: 'ben-1',
      journeyType: 'order',
      complaintId: 'ben-c',
      touchpoint: 'payment.approved',
      severity: 2,
    },
  },
  { customer: 'ben', at: '2026-03-07T08:00:00.000Z', type: 'complaint.answered', data: { complaintId: 'ben-c' } },
];

/** Cleo uses a journey id that anna uses too, kept a promise, and had a complaint resolved. */
const cleo: TestEvent[] = [
  moment('cleo', '2026-05-20T12:00:00.000Z', 'shared', 'order.placed', { channel: 'phone', effort: 4 }),
  {
    customer: 'cleo',
    at: '2026-05-20T12:30:00.000Z',
    type: 'promise.made',
    data: { promiseId: 'cleo-p', dueAt: '2026-05-25T00:00:00Z' },
  },
  { customer: 'cleo', at: '2026-05-21T12:30:00.000Z', type: 'promise.kept', data: { promiseId: 'cleo-p' } },
  { customer: 'cleo', at: '2026-05-22T12:30:00.000Z', type: 'complaint.raised', data: { complaintId: 'cleo-c' } },
  {
    customer: 'cleo',
    at: '2026-05-23T12:30:00.000Z',
    type: 'complaint.resolved',
    data: { complaintId: 'cleo-c', satisfaction: 5, firstContact: true },
  },
];

/** Ids that need care in a URL, and in SQL. */
export const oddCustomer = `o'dd/cust?omer #1 %2F "ü" {x:String}`;
export const oddJourney = `a/b c%2Fd'; DROP TABLE journeys --`;
const odd: TestEvent[] = [
  moment(oddCustomer, '2026-05-30T12:00:00.000Z', oddJourney, 'order.placed', {
    attributes: { "it's": "a\\'b", __proto__x: 'y' },
  }),
];

export const shopStory: readonly TestEvent[] = [...anna, ...ben, ...cleo, ...odd];

/** No fold can take Dora's second event. */
export const parkedStory: readonly TestEvent[] = [
  moment('dora', '2026-05-01T12:00:00.000Z', 'dora-1', 'order.placed'),
  { customer: 'dora', at: '2026-05-02T12:00:00.000Z', type: 'moment.imagined', id: 'dora-bad' },
  moment('dora', '2026-05-03T12:00:00.000Z', 'dora-1', 'delivery.received', { perception: 5 }),
];
