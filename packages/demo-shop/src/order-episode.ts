import { DAY_MS, HOUR_MS, MINUTE_MS } from '@touchstone/journey';
import { tellComplaint } from './complaint-episode.ts';
import { timeOfDay } from './shop-calendar.ts';
import { standards } from './shop-definitions.ts';
import { beginTale, type ShopWorld, type Tale } from './shop-world.ts';
import { feel, type Shopper, weighted } from './shopper.ts';

/** Result of an order, on which the shopper's next steps depend. */
export interface OrderOutcome {
  readonly orderId: string;
  /** Time of its last event. */
  readonly endsAt: number;
  /** Whether the customer has received the parcel. */
  readonly delivered: boolean;
  readonly late: boolean;
}

/** One order from the checkout to the feedback. Plans all its events. */
export function tellOrder(world: ShopWorld, shopper: Shopper, at: number): OrderOutcome {
  const { random } = shopper;
  const tale = beginTale(world, shopper, 'order');
  const amount = Math.round(random.around(shopper.kind === 'bargain-hunter' ? 22 : 48, 0.6) * 100) / 100;
  const attributes = {
    region: shopper.region,
    category: random.pick(['books', 'clothing', 'electronics', 'garden', 'home', 'toys']),
    basket: amount < 30 ? 'small' : amount < 90 ? 'medium' : 'large',
  };
  shopper.orders++;

  const checkoutMs = random.around(0.82 * standards.checkoutMs, 0.26);
  if (random.chance(0.035)) {
    const channel = shopper.channel;
    const given = tale.tell(at, 'moment.recorded', {
      touchpoint: 'order.placed',
      channel,
      outcome: 'abandoned',
      attributes,
    });
    if (random.chance(0.5)) tale.tell(given + HOUR_MS, 'journey.abandoned', { reason: 'basket left behind' });
    feel(shopper, 0.5);
    return { orderId: tale.id, endsAt: given, delivered: false, late: false };
  }
  const placedAt = tale.tell(at, 'moment.recorded', {
    touchpoint: 'order.placed',
    channel: shopper.channel,
    outcome: 'succeeded',
    durationMs: Math.round(checkoutMs),
    attributes,
  });

  const paidAt = tellPayment(world, shopper, tale, placedAt + random.around(20_000, 0.5));
  if (paidAt === undefined) return { orderId: tale.id, endsAt: placedAt + DAY_MS, delivered: false, late: false };
  tale.tell(paidAt + 400, 'purchase.made', { amount, currency: 'EUR', orderId: tale.id, attributes });
  return tellDelivery(world, shopper, tale, paidAt);
}

/** Time of the payment; `undefined` if it was never paid. During an outage most attempts fail. */
function tellPayment(world: ShopWorld, shopper: Shopper, tale: Tale, from: number): number | undefined {
  const { random } = shopper;
  const method = random.pick(['card', 'card', 'wallet', 'invoice']);
  let at = from;
  for (let attempt = 1; attempt <= 5; attempt++) {
    const isDown = world.calendar.isPaymentDown(at);
    const fails = random.chance(isDown ? 0.92 : 0.012);
    const moment = { touchpoint: 'payment.approved', channel: shopper.channel, attributes: { method, attempt } };
    if (!fails) {
      const durationMs = Math.round(random.around(0.84 * standards.paymentMs, 0.24));
      return tale.tell(at, 'moment.recorded', { ...moment, outcome: 'succeeded', durationMs });
    }
    tale.tell(at, 'moment.recorded', { ...moment, outcome: 'failed', cause: isDown ? 'system' : 'value' });
    feel(shopper, 0.15);
    if (!random.chance(0.35 + shopper.mood / 2)) break;
    at += attempt < 3 ? random.around(4 * MINUTE_MS, 0.6) : random.around(14 * HOUR_MS, 0.3);
  }
  if (random.chance(0.45)) {
    const accepted = random.chance(0.75);
    at = tale.tell(at + random.between(10, 40) * HOUR_MS, 'recovery.made', {
      kind: random.pick(['apology', 'gesture']),
      accepted,
      touchpoint: 'payment.approved',
    });
    if (accepted) feel(shopper, 0.75);
  }
  if (random.chance(0.4)) tale.tell(at + HOUR_MS, 'journey.abandoned', { reason: 'payment failed' });
  return undefined;
}

const DELIVERY_DAYS = { city: 2.2, town: 2.8, remote: 3.6 } as const;
const LATE_SHARE = { city: 0.03, town: 0.05, remote: 0.16 } as const;

function tellDelivery(world: ShopWorld, shopper: Shopper, tale: Tale, paidAt: number): OrderOutcome {
  const { random } = shopper;
  const promiseId = `${tale.id}/delivery`;
  const dueAt = Math.floor((paidAt + (DELIVERY_DAYS[shopper.region] + 2.2) * DAY_MS) / DAY_MS) * DAY_MS + DAY_MS - 1000;
  tale.tell(paidAt + 700, 'promise.made', {
    promiseId,
    dueAt: new Date(dueAt).toISOString(),
    what: 'delivered by the day named at the checkout',
    touchpoint: 'delivery.received',
  });

  const packed = random.around(0.68 * standards.shippingMs, 0.28);
  const shippedAt = tale.tell(paidAt + packed, 'moment.recorded', {
    touchpoint: 'parcel.shipped',
    channel: 'carrier',
    outcome: 'succeeded',
    durationMs: Math.round(packed),
    actor: { team: 'warehouse', site: random.pick(['north', 'south']) },
  });

  if (random.chance(0.008)) return tellLostParcel(world, shopper, tale, promiseId, shippedAt, dueAt);

  const strike = world.calendar.isCarrierStriking(shippedAt) ? random.between(3, 9) * DAY_MS : 0;
  const mishap = random.chance(LATE_SHARE[shopper.region]) ? random.between(2.5, 8) * DAY_MS : 0;
  const road = random.around((DELIVERY_DAYS[shopper.region] - 1.1) * DAY_MS, 0.22) + strike + mishap;
  const deliveredAt = Math.max(shippedAt + 6 * HOUR_MS, timeOfDay(shippedAt + road, 0.2 + 0.4 * random.next()));
  const late = deliveredAt > dueAt;
  if (late && random.chance(0.25)) {
    const apology = { kind: 'apology', accepted: random.chance(0.6), touchpoint: 'delivery.received' };
    tale.tell(dueAt + random.between(4, 20) * HOUR_MS, 'recovery.made', apology);
  }
  const moment = { touchpoint: 'delivery.received', channel: 'carrier', durationMs: Math.round(deliveredAt - paidAt) };
  const damaged = random.chance(0.012);
  const endsAt = damaged
    ? tellDamage(world, shopper, tale, deliveredAt)
    : tale.tell(deliveredAt, 'moment.recorded', { ...moment, outcome: 'succeeded' });
  tale.tell(deliveredAt + 30_000, 'promise.kept', { promiseId });

  const quality = damaged ? 0.25 : late ? 0.2 : 0.65 + 0.3 * random.next();
  feel(shopper, quality);
  tellDeliveryFeedback(shopper, tale, endsAt, quality);
  if (late && random.chance(shopper.complains)) {
    tellComplaint(shopper, tale, deliveredAt + random.between(1, 30) * HOUR_MS, 'delivery.received');
  }
  return { orderId: tale.id, endsAt, delivered: true, late };
}

function tellDeliveryFeedback(shopper: Shopper, tale: Tale, deliveredAt: number, quality: number): void {
  const { random } = shopper;
  if (!random.chance(shopper.rates)) return;
  const felt = quality < 0.5 ? random.whole(1, 3) : random.chance(0.3 + shopper.mood / 2) ? 5 : 4;
  tale.tell(deliveredAt + random.exponential(20) * HOUR_MS, 'feedback.given', {
    instrument: 'csat',
    // The app asks for stars, the site for a slider of 0..10.
    score: shopper.channel === 'web' ? { value: (felt - 1) * 2.5, min: 0, max: 10 } : felt,
    touchpoint: 'delivery.received',
    ...(random.chance(0.5) ? { expectation: shopper.expectation } : {}),
    ...(felt <= 2
      ? { comment: random.pick(['Too late again.', 'I had to ask where it was.', 'Not what I ordered.']) }
      : {}),
  });
}

/** The parcel arrived broken; most customers get a replacement. */
function tellDamage(world: ShopWorld, shopper: Shopper, tale: Tale, at: number): number {
  const { random } = shopper;
  const channel = 'carrier';
  tale.tell(at, 'moment.recorded', {
    touchpoint: 'delivery.received',
    channel,
    outcome: 'failed',
    cause: weighted(random, { value: 5, people: 3, system: 1 }),
  });
  if (random.chance(shopper.complains + 0.2)) tellComplaint(shopper, tale, at + 2 * HOUR_MS, 'delivery.received');
  if (random.chance(0.2)) return tale.tell(at + DAY_MS, 'journey.abandoned', { reason: 'sent back unopened' });
  const accepted = random.chance(0.9);
  const replaced = tale.tell(at + random.between(1, 3) * DAY_MS, 'recovery.made', {
    kind: 'replacement',
    accepted,
    touchpoint: 'delivery.received',
  });
  if (!accepted) return replaced;
  const again = replaced + random.between(2, 5) * DAY_MS;
  if (world.calendar.isCarrierStriking(again)) return replaced;
  return tale.tell(again, 'moment.recorded', { touchpoint: 'delivery.received', channel, outcome: 'succeeded' });
}

/** The parcel is lost: some customers are told in time, most find out themselves. */
function tellLostParcel(
  world: ShopWorld,
  shopper: Shopper,
  tale: Tale,
  promiseId: string,
  shippedAt: number,
  dueAt: number,
): OrderOutcome {
  const { random } = shopper;
  world.numberOf('lost parcel');
  feel(shopper, 0.05);
  let at: number;
  if (random.chance(0.25)) {
    at = tale.tell(Math.min(dueAt - HOUR_MS, shippedAt + DAY_MS), 'promise.withdrawn', { promiseId });
  } else {
    at = dueAt + random.between(1, 4) * DAY_MS;
    if (random.chance(shopper.complains + 0.3)) tellComplaint(shopper, tale, at, 'delivery.received');
  }
  at = tale.tell(at + random.between(2, 6) * DAY_MS, 'recovery.made', {
    kind: 'refund',
    accepted: random.chance(0.8),
    touchpoint: 'delivery.received',
  });
  return { orderId: tale.id, endsAt: at, delivered: false, late: true };
}
