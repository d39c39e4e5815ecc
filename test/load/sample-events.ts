import type { EventToAppend } from '@touchstone/event-store';

/** A CloudEvent as a publisher would send it, of about 574 bytes of JSON on average. */
export interface SampleCloudEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly traceparent: string;
  readonly data: Record<string, unknown>;
}

/** Converts an event for the event store, in its customer's stream. */
export function toAppend(event: SampleCloudEvent): EventToAppend {
  return {
    stream: `customer-${event.subject}`,
    source: event.source,
    id: event.id,
    type: event.type,
    time: Date.parse(event.time),
    body: JSON.stringify(event),
  };
}

/**
 * `count` events of a shop, determined by the seed: journeys of ten events, of which `openJourneys`
 * run concurrently, so that many customers' events interleave; every fourth customer comes back.
 * Ids grow with time, as UUIDv7 do.
 */
export function sampleEvents(
  count: number,
  options: {
    readonly seed?: number;
    readonly openJourneys?: number;
    readonly startAt?: number;
    /** Mean time between two events. */
    readonly gapMs?: number;
  } = {},
): SampleCloudEvent[] {
  const random = seededRandom(options.seed ?? 1);
  const openJourneys = options.openJourneys ?? 200;
  const gapsMs = 2 * (options.gapMs ?? 20);
  const names = `${(options.seed ?? 1).toString(36)}`;
  const open: Journey[] = [];
  const events: SampleCloudEvent[] = [];
  let customers = 0;
  let journeys = 0;
  let now = options.startAt ?? Date.UTC(2026, 0, 1);
  const begin = (): Journey => {
    const isNew = customers < 4 || random() < 0.75;
    const number = isNew ? customers++ : Math.floor(random() * customers);
    return {
      customerId: `c-${names}-${String(number).padStart(8, '0')}`,
      journeyId: `order-${names}-${String(journeys++).padStart(9, '0')}`,
      step: 0,
    };
  };
  while (events.length < count) {
    if (open.length < openJourneys) open.push(begin());
    const slot = Math.floor(random() * open.length);
    const journey = open[slot] as Journey;
    now += Math.floor(random() * gapsMs);
    events.push(cloudEvent(journey, now, random));
    journey.step += 1;
    if (journey.step === STEPS.length) open[slot] = begin();
  }
  return events;
}

interface Journey {
  readonly customerId: string;
  readonly journeyId: string;
  step: number;
}

const moment = (touchpoint: string, channel: string) => (journey: Journey, now: number, random: () => number) => ({
  type: 'touchstone.moment.recorded.v1',
  data: {
    journeyId: journey.journeyId,
    journeyType: 'order',
    touchpoint,
    channel,
    outcome: random() < 0.93 ? 'succeeded' : random() < 0.5 ? 'failed' : 'abandoned',
    expectation: 3 + Math.floor(random() * 3),
    perception: 2 + Math.floor(random() * 4),
    durationMs: 200 + Math.floor(random() * 90_000),
    attributes: {
      country: ['DE', 'FR', 'PL', 'ES'][Math.floor(random() * 4)],
      device: ['phone', 'desktop', 'tablet'][Math.floor(random() * 3)],
      campaign: `spring-${Math.floor(random() * 40)}`,
      basketValue: Math.round(random() * 40_000) / 100,
      segment: ['private', 'business'][now % 2],
    },
    actor: { team: `team-${Math.floor(random() * 12)}`, site: `site-${Math.floor(random() * 30)}` },
  },
});

type Step = (journey: Journey, now: number, random: () => number) => { type: string; data: Record<string, unknown> };

const STEPS: readonly Step[] = [
  moment('shop.searched', 'web'),
  moment('basket.filled', 'web'),
  moment('checkout.completed', 'web'),
  (journey, _now, random) => ({
    type: 'touchstone.purchase.made.v1',
    data: {
      journeyId: journey.journeyId,
      journeyType: 'order',
      amount: Math.round(random() * 40_000) / 100,
      currency: 'EUR',
      orderId: journey.journeyId,
      attributes: { payment: ['card', 'invoice', 'wallet'][Math.floor(random() * 3)], instalments: random() < 0.1 },
    },
  }),
  (journey, now) => ({
    type: 'touchstone.promise.made.v1',
    data: {
      journeyId: journey.journeyId,
      journeyType: 'order',
      promiseId: `delivery-of-${journey.journeyId}`,
      dueAt: new Date(now + 5 * 86_400_000).toISOString(),
      what: 'The parcel is delivered on the day that the checkout named.',
      touchpoint: 'delivery.received',
    },
  }),
  moment('payment.confirmed', 'email'),
  moment('parcel.tracked', 'app'),
  moment('delivery.received', 'courier'),
  (journey) => ({
    type: 'touchstone.promise.kept.v1',
    data: { journeyId: journey.journeyId, journeyType: 'order', promiseId: `delivery-of-${journey.journeyId}` },
  }),
  (journey, _now, random) => ({
    type: 'touchstone.feedback.given.v1',
    data: {
      journeyId: journey.journeyId,
      journeyType: 'order',
      instrument: 'csat',
      score: 1 + Math.floor(random() * 5),
      touchpoint: 'delivery.received',
      comment: 'The parcel came when it should, and the box was whole. The courier rang twice.',
    },
  }),
];

function cloudEvent(journey: Journey, now: number, random: () => number): SampleCloudEvent {
  const { type, data } = (STEPS[journey.step] as Step)(journey, now, random);
  return {
    specversion: '1.0',
    id: timeOrderedId(now, random),
    source: journey.step < 4 ? '/shop/web' : '/shop/fulfilment',
    type,
    subject: journey.customerId,
    time: new Date(now).toISOString(),
    datacontenttype: 'application/json',
    traceparent: `00-${hex(random, 32)}-${hex(random, 16)}-01`,
    data,
  };
}

/** Formatted like a UUIDv7: 48 bits of time, followed by random bits. */
function timeOrderedId(now: number, random: () => number): string {
  const time = now.toString(16).padStart(12, '0');
  const variant = (8 + Math.floor(random() * 4)).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(random, 3)}-${variant}${hex(random, 3)}-${hex(random, 12)}`;
}

function hex(random: () => number, digits: number): string {
  let text = '';
  while (text.length < digits) {
    text += Math.floor(random() * 0x1_0000_0000)
      .toString(16)
      .padStart(8, '0');
  }
  return text.slice(0, digits);
}

/** Mulberry32: the same numbers in [0, 1) for the same seed, on every machine. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}
