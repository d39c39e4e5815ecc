import type { Random } from './random.ts';

/** A customer of the simulated shop: a temperament, and a mood that experience changes. */
export interface Shopper {
  readonly id: string;
  readonly random: Random;
  readonly kind: 'regular' | 'occasional' | 'demanding' | 'bargain-hunter';
  readonly region: 'city' | 'town' | 'remote';
  readonly channel: 'web' | 'app' | 'phone' | 'store';
  readonly currency: 'EUR' | 'CHF';
  readonly ordersPerYear: number;
  /** Their stated expectation, 1..5. */
  readonly expectation: number;
  /** Probability that they complain about a failure, and that they rate an experience. */
  readonly complains: number;
  readonly rates: number;
  /** 0..1; below a third they consider leaving. */
  mood: number;
  orders: number;
  lastNpsAt: number;
}

const TEMPER = {
  regular: { ordersPerYear: [5, 11], expectation: [3.6, 4], complains: 0.35, rates: 0.55, mood: 0.75 },
  occasional: { ordersPerYear: [1, 3.5], expectation: [3.8, 4.2], complains: 0.3, rates: 0.3, mood: 0.65 },
  demanding: { ordersPerYear: [2.5, 7], expectation: [4.3, 4.9], complains: 0.75, rates: 0.7, mood: 0.55 },
  'bargain-hunter': { ordersPerYear: [1.5, 5], expectation: [3.8, 4.3], complains: 0.3, rates: 0.15, mood: 0.5 },
} as const;

export function newShopper(id: string, random: Random): Shopper {
  const kind = weighted(random, { regular: 36, occasional: 38, demanding: 15, 'bargain-hunter': 11 });
  const temper = TEMPER[kind];
  return {
    id,
    random,
    kind,
    region: weighted(random, { city: 50, town: 32, remote: 18 }),
    channel: weighted(random, { web: 45, app: 35, phone: 8, store: 12 }),
    currency: weighted(random, { EUR: 80, CHF: 20 }),
    ordersPerYear: random.between(temper.ordersPerYear[0], temper.ordersPerYear[1]),
    expectation: Math.round(random.between(temper.expectation[0], temper.expectation[1]) * 10) / 10,
    complains: temper.complains,
    rates: temper.rates,
    mood: temper.mood,
    orders: 0,
    lastNpsAt: Number.NEGATIVE_INFINITY,
  };
}

/**
 * Updates the mood; bad experiences weigh more than good ones. `quality` is 0..1, where 0.6 meets
 * the expectation.
 */
export function feel(shopper: Shopper, quality: number): void {
  const pull = quality < 0.5 ? 0.5 : 0.2;
  shopper.mood += pull * (quality - shopper.mood);
}

/**
 * A good recovery: the service recovery paradox says that they like the shop more than before, and
 * so they rate what comes next better and stay.
 */
export function forgive(shopper: Shopper): void {
  shopper.mood += 0.8 * (0.95 - shopper.mood);
}

/** The rating 1..5 that their mood gives to an experience that was neither good nor bad. */
export function rateByMood({ mood, random }: Shopper): number {
  return Math.max(1, Math.min(5, Math.round(1.4 + 4 * mood + random.between(-0.9, 0.9))));
}

export function weighted<Key extends string>(random: Random, shares: Readonly<Record<Key, number>>): Key {
  const keys = Object.keys(shares) as Key[];
  let left = random.next() * keys.reduce((sum, key) => sum + shares[key], 0);
  for (const key of keys) {
    left -= shares[key];
    if (left < 0) return key;
  }
  return keys[0]!;
}
