import { DAY_MS, type Definition, HOUR_MS, MINUTE_MS } from '@touchstone/journey';

/**
 * The shop's standards: what its customers were told to expect, against which the `durationMs` of a
 * moment is measured.
 */
export const standards = {
  checkoutMs: 5 * MINUTE_MS,
  paymentMs: 4_000,
  shippingMs: 2 * DAY_MS,
  deliveryMs: 3 * DAY_MS,
  supportAnswerMs: 4 * HOUR_MS,
  supportSolutionMs: 2 * DAY_MS,
  refundMs: 14 * DAY_MS,
} as const;

/**
 * Journey types of the simulated shop, as bodies of `PUT /v1/definitions/{type}`. The shop watches
 * what it expects of itself, and takes no points for it: the delivery and the refund are promised
 * to customers already.
 */
export const shopDefinitions: readonly Definition[] = [
  {
    type: 'order',
    title: 'Online order',
    expectation: 4,
    abandonAfterDays: 30,
    steps: ['order.placed', 'payment.approved', 'parcel.shipped', 'delivery.received'],
    completesOn: ['delivery.received'],
    touchpoints: {
      'order.placed': {
        title: 'Checkout',
        weight: 1,
        targetMs: standards.checkoutMs,
        believed: 4,
        standard: 4,
        promised: 4,
      },
      'payment.approved': {
        title: 'Payment',
        weight: 2,
        critical: true,
        targetMs: standards.paymentMs,
        believed: 4.5,
        standard: 4.5,
        promised: 4.5,
      },
      'parcel.shipped': {
        title: 'Dispatch',
        weight: 2,
        targetMs: standards.shippingMs,
        believed: 3.5,
        standard: 4,
        promised: 4,
      },
      'delivery.received': {
        title: 'Delivery',
        weight: 3,
        targetMs: standards.deliveryMs,
        believed: 4,
        standard: 4,
        promised: 4.5,
      },
    },
    expects: [{ after: 'payment.approved', touchpoint: 'parcel.shipped', withinMs: 60 * HOUR_MS, counts: false }],
  },
  {
    type: 'return',
    title: 'Return and refund',
    expectation: 4,
    abandonAfterDays: 45,
    steps: ['return.requested', 'parcel.returned', 'refund.paid'],
    completesOn: ['refund.paid'],
    touchpoints: {
      'return.requested': { title: 'Return request', weight: 1, believed: 4, standard: 3.5, promised: 4 },
      'parcel.returned': { title: 'Parcel sent back', weight: 1, believed: 3.5, standard: 3.5, promised: 3.5 },
      'refund.paid': {
        title: 'Refund',
        weight: 3,
        critical: true,
        targetMs: standards.refundMs,
        believed: 3.5,
        standard: 3.5,
        promised: 4,
      },
    },
  },
  {
    type: 'support',
    title: 'Question to the service desk',
    expectation: 4,
    abandonAfterDays: 21,
    steps: ['support.contacted', 'support.answered', 'support.solved'],
    completesOn: ['support.solved'],
    touchpoints: {
      'support.contacted': { title: 'First contact', weight: 1, believed: 4, standard: 4, promised: 4 },
      'support.answered': {
        title: 'First answer',
        weight: 2,
        targetMs: standards.supportAnswerMs,
        believed: 4,
        standard: 4,
        promised: 4.5,
      },
      'support.solved': {
        title: 'Solution',
        weight: 3,
        targetMs: standards.supportSolutionMs,
        believed: 4,
        standard: 4,
        promised: 4,
      },
    },
    expects: [
      {
        after: 'support.contacted',
        touchpoint: 'support.answered',
        withinMs: standards.supportAnswerMs,
        counts: false,
      },
    ],
  },
];
