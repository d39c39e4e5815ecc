import { type CloudEvent, DAY_MS } from '@touchstone/journey';
import { type ShopOptions, simulateShop } from './simulate-shop.ts';

/**
 * Factor by which a shop must run faster than life, after its past, to give `rate` events a second.
 * Estimated from the last thirty days of the past (or all of a shorter one).
 */
export function stretchFor(options: ShopOptions, rate: number): number {
  const endsAt = options.from + options.days * DAY_MS;
  const span = Math.min(30, options.days) * DAY_MS;
  let events = 0;
  for (const { time } of simulateShop(options)) if (Date.parse(time) >= endsAt - span) events++;
  const natural = events / (span / 1000);
  return natural === 0 ? 1 : Math.max(1, rate / natural);
}

/**
 * The event with its times after `liveFrom` compressed towards it. All times follow one rule, so
 * their order and the deadlines stay consistent.
 */
export function retimed(event: CloudEvent, liveFrom: number, stretch: number): CloudEvent {
  const move = (instant: string) => {
    const at = Date.parse(instant);
    return at <= liveFrom ? instant : new Date(liveFrom + Math.floor((at - liveFrom) / stretch)).toISOString();
  };
  const { dueAt } = event.data;
  const data = typeof dueAt === 'string' ? { ...event.data, dueAt: move(dueAt) } : event.data;
  return { ...event, time: move(event.time), data };
}
