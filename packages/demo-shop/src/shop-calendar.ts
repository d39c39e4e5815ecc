import { DAY_MS, HOUR_MS } from '@touchstone/journey';
import { randomFrom } from './random.ts';

interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * Events of the shop as a whole, in spans of 30 days since its opening. Drawn lazily, so it may run
 * for ever.
 */
export interface ShopCalendar {
  /** Whether the payment provider is down. */
  isPaymentDown(at: number): boolean;
  /** Whether the carrier is on strike, so that parcels wait. */
  isCarrierStriking(at: number): boolean;
  /** Added share of parcels that the carrier kestrel delivers late; it grows over the months. */
  kestrelWear(at: number): number;
  /** Start of a sale within these days, if any; customers postpone their orders to it. */
  saleWithin(at: number, days: number): number | undefined;
}

const SPAN_MS = 30 * DAY_MS;
/**
 * In every seven spans the third has a sale on its eleventh day, whose evening brings the payment
 * down: on the days 70, 280, 490 … after the opening. Documentation counts on it in every seed.
 */
const OUTAGE = { everySpans: 7, span: 2, day: 10, fromHour: 18, toHour: 24 } as const;
/** Days after the opening between which kestrel gets worse, and the share that it loses. */
const WEAR = { from: 90, to: 300, share: 0.4 } as const;

export function shopCalendar(seed: number, opens: number): ShopCalendar {
  const spans = new Map<number, { sale?: Span; outage?: Span; strike?: Span }>();

  /** In every seven spans the third has the outage and the fifth a strike; others are random. */
  function spanOf(index: number) {
    const known = spans.get(index);
    if (known !== undefined) return known;
    const random = randomFrom(seed, `calendar/${index}`);
    const start = opens + index * SPAN_MS;
    const span: { sale?: Span; outage?: Span; strike?: Span } = {};
    const isOutage = index % OUTAGE.everySpans === OUTAGE.span;
    if (isOutage || random.chance(0.4)) {
      const day = start + (isOutage ? OUTAGE.day : random.whole(2, 24)) * DAY_MS;
      span.sale = { start: day + 8 * HOUR_MS, end: day + 2 * DAY_MS };
    }
    if (isOutage) {
      const day = start + OUTAGE.day * DAY_MS;
      span.outage = { start: day + OUTAGE.fromHour * HOUR_MS, end: day + OUTAGE.toHour * HOUR_MS };
    } else if (random.chance(0.3)) {
      const begins = start + random.whole(0, 29) * DAY_MS + random.between(17, 20) * HOUR_MS;
      span.outage = { start: begins, end: begins + random.between(0.5, 2) * HOUR_MS };
    }
    if (random.chance(0.1) || index % 7 === 4) {
      const begins = start + random.whole(0, 20) * DAY_MS;
      span.strike = { start: begins, end: begins + random.whole(5, 9) * DAY_MS };
    }
    spans.set(index, span);
    return span;
  }

  const indexOf = (at: number) => Math.floor((at - opens) / SPAN_MS);
  /** A span may reach into the next one. */
  const holds = (kind: 'outage' | 'strike', at: number) =>
    [indexOf(at) - 1, indexOf(at)].some((index) => {
      const span = index < 0 ? undefined : spanOf(index)[kind];
      return span !== undefined && at >= span.start && at < span.end;
    });

  return {
    isPaymentDown: (at) => holds('outage', at),
    isCarrierStriking: (at) => holds('strike', at),
    kestrelWear: (at) =>
      WEAR.share * Math.max(0, Math.min(1, ((at - opens) / DAY_MS - WEAR.from) / (WEAR.to - WEAR.from))),
    saleWithin(at, days) {
      for (const index of [indexOf(at), indexOf(at) + 1]) {
        const sale = spanOf(index).sale;
        if (sale !== undefined && sale.start >= at && sale.start < at + days * DAY_MS) return sale.start;
      }
      return undefined;
    },
  };
}

const SEASON = [0.75, 0.75, 0.9, 1, 1, 0.9, 0.75, 0.75, 1, 1.1, 1.7, 1.9] as const;
export const BUSIEST_SEASON = 1.9;

/** Activity of the shop in this month, relative to an ordinary one. */
export function seasonAt(at: number): number {
  return SEASON[new Date(at).getUTCMonth()]!;
}

/** Orders by hour of the day: few at night, some at lunch, most in the evening. */
const BY_HOUR = [1, 0.5, 0.3, 0.2, 0.2, 0.4, 1, 2, 3, 4, 4.5, 5, 6.5, 5, 4, 4, 4.5, 5, 6, 8, 9, 8, 5, 2.5] as const;
const BY_HOUR_SUM = BY_HOUR.reduce((sum, share) => sum + share, 0);

/** A time of this day at which a customer orders. `chance`: uniform in [0, 1). */
export function timeOfDay(day: number, chance: number): number {
  let left = chance * BY_HOUR_SUM;
  for (let hour = 0; hour < 24; hour++) {
    const share = BY_HOUR[hour]!;
    if (left < share) return Math.floor(day / DAY_MS) * DAY_MS + Math.floor((hour + left / share) * HOUR_MS);
    left -= share;
  }
  return Math.floor(day / DAY_MS) * DAY_MS + 23 * HOUR_MS;
}
