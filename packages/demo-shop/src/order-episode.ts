import { DAY_MS, HOUR_MS, MINUTE_MS } from '@touchstone/journey';
import { tellComplaint } from './complaint-episode.ts';
import { tellRecovery } from './recovery-episode.ts';
import { timeOfDay } from './shop-calendar.ts';
import { standards } from './shop-definitions.ts';
import { type Carrier, carriers, warehouses } from './shop-teams.ts';
import { beginTale, type ShopWorld, type Tale } from './shop-world.ts';
import { feel, rateByMood, type Shopper, weighted } from './shopper.ts';
import { onScale } from './survey-scales.ts';

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
  const amount = amountOf(shopper);
  const attributes = {
    region: shopper.region,
    category: random.pick(['books', 'clothing', 'electronics', 'garden', 'home', 'toys']),
    basket: amount < 30 ? 'small' : amount < 90 ? 'medium' : 'large',
    method: random.pick(['card', 'card', 'wallet', 'invoice']),
  };
  shopper.orders++;

  const placed = { touchpoint: 'order.placed', channel: shopper.channel };
  if (random.chance(0.035)) {
    const given = tale.tell(at, 'moment.recorded', { ...placed, outcome: 'abandoned', attributes });
    if (random.chance(0.5)) tale.tell(given + HOUR_MS, 'journey.abandoned', { reason: 'basket left behind' });
    feel(shopper, 0.5);
    return { orderId: tale.id, endsAt: given, delivered: false, late: false };
  }
  const placedAt = tale.tell(at, 'moment.recorded', {
    ...placed,
    outcome: 'succeeded',
    ...judgedCheckout(shopper),
    attributes,
  });

  const paidAt = tellPayment(world, shopper, tale, placedAt + random.around(20_000, 0.5));
  if (paidAt === undefined) return { orderId: tale.id, endsAt: placedAt + DAY_MS, delivered: false, late: false };
  tale.tell(paidAt + 400, 'purchase.made', { amount, currency: shopper.currency, orderId: tale.id });
  return tellDelivery(world, shopper, tale, paidAt);
}

function amountOf({ kind, currency, random }: Shopper): number {
  const median = (kind === 'bargain-hunter' ? 22 : 48) * (currency === 'CHF' ? 0.95 : 1);
  return Math.round(random.around(median, 0.6) * 100) / 100;
}

/** Some customers rate the checkout, by their mood; of the others only the time is known. */
function judgedCheckout(shopper: Shopper): object {
  const { random, rates, channel, expectation } = shopper;
  const durationMs = Math.round(random.around(0.82 * standards.checkoutMs, 0.26));
  if (!random.chance(0.5 + 0.5 * rates)) return { durationMs };
  const perception = onScale(channel, rateByMood(shopper));
  return random.chance(0.15) ? { perception, expectation } : { perception };
}

/** Time of the payment; `undefined` if it was never paid. During an outage most attempts fail. */
function tellPayment(world: ShopWorld, shopper: Shopper, tale: Tale, from: number): number | undefined {
  const { random } = shopper;
  let at = from;
  for (let attempt = 1; attempt <= 5; attempt++) {
    const isDown = world.calendar.isPaymentDown(at);
    const fails = random.chance(isDown ? 0.92 : 0.025);
    const moment = { touchpoint: 'payment.approved', channel: shopper.channel, attributes: { attempt } };
    if (!fails) {
      const durationMs = Math.round(random.around(0.84 * standards.paymentMs, 0.24));
      return tale.tell(at, 'moment.recorded', { ...moment, outcome: 'succeeded', durationMs });
    }
    tale.tell(at, 'moment.recorded', { ...moment, outcome: 'failed', cause: isDown ? 'system' : 'value' });
    feel(shopper, 0.15);
    if (!random.chance(0.35 + shopper.mood / 2)) break;
    at += attempt < 3 ? random.around(4 * MINUTE_MS, 0.6) : random.around(14 * HOUR_MS, 0.3);
  }
  feel(shopper, 0);
  if (random.chance(0.45)) {
    const kind = random.pick(['apology', 'gesture'] as const);
    ({ at } = tellRecovery(shopper, tale, at + random.between(10, 40) * HOUR_MS, kind, 'payment.approved'));
  }
  if (random.chance(0.4)) tale.tell(at + HOUR_MS, 'journey.abandoned', { reason: 'payment failed' });
  return undefined;
}

const DELIVERY_DAYS = { city: 2.2, town: 2.8, remote: 3.6 } as const;
const LATE_SHARE = { city: 0.03, town: 0.05, remote: 0.3 } as const;

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

  const site = random.pick(['north', 'south'] as const);
  const carrier = random.pick(carriers);
  const packed = random.around(warehouses[site] * standards.shippingMs, 0.28);
  const shippedAt = tale.tell(paidAt + packed, 'moment.recorded', {
    touchpoint: 'parcel.shipped',
    channel: 'carrier',
    outcome: 'succeeded',
    durationMs: Math.round(packed),
    actor: { team: 'warehouse', site },
    attributes: { carrier },
  });

  if (random.chance(0.008)) return tellLostParcel(world, shopper, tale, promiseId, shippedAt, dueAt);

  const deliveredAt = arrivalOf(world, shopper, carrier, shippedAt);
  const late = deliveredAt > dueAt;
  const damaged = random.chance(carrier === 'kestrel' ? 0.03 + world.calendar.kestrelWear(shippedAt) / 10 : 0.03);
  const endsAt = damaged
    ? tellDamage(world, shopper, tale, deliveredAt)
    : tale.tell(deliveredAt, 'moment.recorded', {
        touchpoint: 'delivery.received',
        channel: 'carrier',
        durationMs: Math.round(deliveredAt - paidAt),
        outcome: 'succeeded',
      });
  tale.tell(deliveredAt + 30_000, 'promise.kept', { promiseId });

  const quality = damaged ? 0.1 : late ? 0.2 : 0.65 + 0.3 * random.next();
  if (!damaged) feel(shopper, quality);
  tellDeliveryFeedback(shopper, tale, endsAt, quality);
  if (late && random.chance(0.25)) {
    tellRecovery(shopper, tale, dueAt + random.between(4, 20) * HOUR_MS, 'apology', 'delivery.received');
  }
  if (late && random.chance(shopper.complains)) {
    tellComplaint(shopper, tale, deliveredAt + random.between(1, 30) * HOUR_MS, 'delivery.received');
  }
  return { orderId: tale.id, endsAt, delivered: true, late };
}

function arrivalOf(world: ShopWorld, { random, region }: Shopper, carrier: Carrier, shippedAt: number): number {
  const lateShare = LATE_SHARE[region] + (carrier === 'kestrel' ? world.calendar.kestrelWear(shippedAt) : 0);
  const strike = world.calendar.isCarrierStriking(shippedAt) ? random.between(3, 9) * DAY_MS : 0;
  const mishap = random.chance(lateShare) ? random.between(2.5, 8) * DAY_MS : 0;
  const road = random.around((DELIVERY_DAYS[region] - 1.1) * DAY_MS, 0.22) + strike + mishap;
  return Math.max(shippedAt + 6 * HOUR_MS, timeOfDay(shippedAt + road, 0.2 + 0.4 * random.next()));
}

function tellDeliveryFeedback(shopper: Shopper, tale: Tale, deliveredAt: number, quality: number): void {
  const { random } = shopper;
  if (!random.chance(shopper.rates)) return;
  const felt = quality < 0.5 ? random.whole(1, 3) : random.chance(0.3 + shopper.mood / 2) ? 5 : 4;
  tale.tell(deliveredAt + random.exponential(20) * HOUR_MS, 'feedback.given', {
    instrument: 'csat',
    score: onScale(shopper.channel, felt),
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
  feel(shopper, 0.1);
  if (random.chance(shopper.complains + 0.2)) tellComplaint(shopper, tale, at + 2 * HOUR_MS, 'delivery.received');
  if (random.chance(0.2)) return tale.tell(at + DAY_MS, 'journey.abandoned', { reason: 'sent back unopened' });
  const sentAt = at + random.between(1, 3) * DAY_MS;
  const { at: replaced, accepted } = tellRecovery(shopper, tale, sentAt, 'replacement', 'delivery.received');
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
  ({ at } = tellRecovery(shopper, tale, at + random.between(2, 6) * DAY_MS, 'refund', 'delivery.received'));
  return { orderId: tale.id, endsAt: at, delivered: false, late: true };
}
