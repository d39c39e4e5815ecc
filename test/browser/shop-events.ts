/** A few events of a small shop in March 2026, and the definition that measures them. */

export const definition = {
  type: 'order',
  title: 'Online order',
  steps: ['order.placed', 'payment.approved', 'delivery.received'],
  completesOn: ['delivery.received'],
  touchpoints: { 'payment.approved': { weight: 2, critical: true } },
};

/** A journey id that two customers use, with characters that an address must encode. */
export const sharedJourney = 'box 7/ä';

/** A name that would do harm if a page inserted it as HTML. */
export const hostileTouchpoint = '<img src=x onerror=alert(1)>';

let count = 0;

export function event(customerId: string, time: string, type: string, data: object): object {
  count += 1;
  return {
    specversion: '1.0',
    id: `e-${count}`,
    source: '/shop',
    type: `touchstone.${type}.v1`,
    subject: customerId,
    time: `2026-03-${time}:00.000Z`,
    data,
  };
}

export function moment(customerId: string, time: string, journeyId: string, touchpoint: string, data: object): object {
  return event(customerId, time, 'moment.recorded', {
    journeyId,
    journeyType: 'order',
    touchpoint,
    channel: 'web',
    outcome: 'succeeded',
    ...data,
  });
}

export const shopEvents: readonly object[] = [
  // Maren is delighted three times, which is the first stage of trust.
  moment('maren', '02T09:00', 'order-1', 'order.placed', { perception: 5 }),
  moment('maren', '02T09:01', 'order-1', 'payment.approved', { perception: 4 }),
  moment('maren', '04T16:30', 'order-1', 'delivery.received', { perception: 5 }),
  // Jonas cannot pay, is promised a call that never comes, and complains.
  moment('jonas', '03T10:00', 'order-2', 'order.placed', { perception: 5 }),
  event('jonas', '03T10:01', 'promise.made', {
    journeyId: 'order-2',
    journeyType: 'order',
    promiseId: 'call-back',
    dueAt: '2026-03-05T10:00:00.000Z',
  }),
  moment('jonas', '03T10:02', 'order-2', 'payment.approved', { outcome: 'failed', cause: 'system' }),
  event('jonas', '03T11:00', 'complaint.raised', {
    journeyId: 'order-2',
    journeyType: 'order',
    complaintId: 'complaint-1',
  }),
  // Both have a journey of the same id.
  moment('maren', '06T08:00', sharedJourney, hostileTouchpoint, { perception: 2 }),
  moment('jonas', '06T09:00', sharedJourney, 'order.placed', { channel: 'app' }),
];
