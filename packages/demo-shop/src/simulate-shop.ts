import { type CloudEvent, DAY_MS, HOUR_MS } from '@touchstone/journey';
import { tellOrder } from './order-episode.ts';
import { randomFrom } from './random.ts';
import { tellReturn, tellSupport } from './service-episodes.ts';
import { BUSIEST_SEASON, seasonAt, shopCalendar, timeOfDay } from './shop-calendar.ts';
import { type PlannedEvent, type ShopWorld, tellAside } from './shop-world.ts';
import { newShopper, type Shopper } from './shopper.ts';
import { timeQueue } from './time-queue.ts';

export interface ShopOptions {
  /** The same seed, number of customers and start give identical events, byte for byte. */
  readonly seed: number;
  readonly customers: number;
  /** Number of days that the shop runs. */
  readonly days: number;
  /** Continue after that; newcomers replace customers who leave. */
  readonly isEndless?: boolean | undefined;
  /** First day of the shop, ms since 1970. */
  readonly from: number;
}

/**
 * Simulates a believable shop; yields its events in order of time, and keeps only shoppers and
 * pending events in memory. Customers are `shopper-00001` …, journeys `order-00001` …; all seeds
 * share these names, so each simulation needs a store of its own.
 */
export function* simulateShop(options: ShopOptions): Generator<CloudEvent, void, void> {
  const { seed, customers, days, from } = options;
  const endsAt = options.isEndless ? Number.POSITIVE_INFINITY : from + days * DAY_MS;
  const source = `shop-simulation/${seed}`;
  const agenda = timeQueue<{ event: PlannedEvent } | { wakes: Shopper }>();
  const numbers = new Map<string, number>();
  const world: ShopWorld = {
    calendar: shopCalendar(seed, Math.floor(from / DAY_MS) * DAY_MS),
    numberOf(kind) {
      const number = (numbers.get(kind) ?? 0) + 1;
      numbers.set(kind, number);
      return number;
    },
    plan: (at, event) => agenda.push(at, { event }),
  };
  const welcome = (from: number, withinDays: number) => {
    const id = `shopper-${String(world.numberOf('shopper')).padStart(5, '0')}`;
    const shopper = newShopper(id, randomFrom(seed, id));
    const joinsAt = timeOfDay(from + shopper.random.next() * withinDays * DAY_MS, shopper.random.next());
    agenda.push(Math.max(from, joinsAt), { wakes: shopper });
  };
  const joiningDays = Math.min(days, 450) * 0.75;
  for (let i = 0; i < customers; i++) welcome(from, joiningDays * Math.min(1, i / (0.8 * customers)));

  for (;;) {
    const next = agenda.pop();
    if (next === undefined || next.at >= endsAt) return;
    if ('event' in next.entry) {
      const { event } = next.entry;
      const time = new Date(next.at).toISOString();
      yield {
        specversion: '1.0',
        id: event.id,
        source,
        type: event.type,
        subject: event.customerId,
        time,
        data: event.data,
      };
      continue;
    }
    const again = live(world, next.entry.wakes, next.at);
    if (again !== undefined) agenda.push(again, next.entry);
    else if (options.isEndless) welcome(next.at, 30);
  }
}

/** One order and its consequences. Returns when the shopper comes back, `undefined` if never. */
function live(world: ShopWorld, shopper: Shopper, at: number): number | undefined {
  const { random } = shopper;
  const order = tellOrder(world, shopper, at);
  const after = order.endsAt;
  const about = order.late ? 'where is my parcel' : 'how to use it';
  if (random.chance(order.late ? 0.35 : 0.13))
    tellSupport(world, shopper, after + random.between(2, 50) * HOUR_MS, about);
  if (order.delivered && random.chance(0.08)) {
    tellReturn(world, shopper, after + random.between(1, 9) * DAY_MS, order.orderId);
  }
  askForRecommendation(world, shopper, after + random.between(2, 6) * DAY_MS);

  // Most customers who leave were satisfied.
  if (random.chance(shopper.mood < 0.35 ? 0.4 : 0.025)) {
    // Half of the customers who leave say so; the others just disappear.
    if (random.chance(0.5)) {
      const reason = shopper.mood < 0.35 ? 'disappointed' : random.pick(['moved away', 'found it cheaper']);
      tellAside(world, shopper, after + random.between(3, 25) * DAY_MS, 'relationship.ended', { reason });
    }
    return undefined;
  }
  return nextVisit(world, shopper, Math.max(after, at + DAY_MS));
}

/** At most one NPS survey a quarter; delighted customers tell friends. */
function askForRecommendation(world: ShopWorld, shopper: Shopper, at: number): void {
  const { random } = shopper;
  if (shopper.orders >= 2 && at - shopper.lastNpsAt > 90 * DAY_MS && random.chance(shopper.rates)) {
    shopper.lastNpsAt = at;
    const score = Math.max(0, Math.min(10, Math.round(11.5 * shopper.mood + random.between(-1.5, 1.5))));
    tellAside(world, shopper, at, 'feedback.given', { instrument: 'nps', score });
  }
  if (shopper.mood > 0.72 && random.chance(0.06)) {
    const referredId = `friend-of-${shopper.id}-${world.numberOf(`${shopper.id}/friend`)}`;
    tellAside(world, shopper, at + HOUR_MS, 'referral.made', { referredId });
  }
}

/** Time of the next order: by habit, mood and season, and some wait for a sale. */
function nextVisit(world: ShopWorld, shopper: Shopper, after: number): number {
  const { random } = shopper;
  const meanDays = (365 / shopper.ordersPerYear) * (shopper.mood < 0.5 ? 2.5 : shopper.mood > 0.85 ? 0.7 : 1);
  let at = after;
  // Thinning: candidates come at the busiest season's rate, and each is kept with the probability
  // of its own season's share of it.
  do at += (random.exponential(meanDays) / BUSIEST_SEASON) * DAY_MS;
  while (!random.chance(seasonAt(at) / BUSIEST_SEASON));
  const sale = world.calendar.saleWithin(at, 20);
  if (sale !== undefined && random.chance(shopper.kind === 'bargain-hunter' ? 0.9 : 0.35)) {
    return Math.max(sale, timeOfDay(sale, random.between(0.06, 1)));
  }
  return Math.max(after, timeOfDay(at, random.next()));
}
