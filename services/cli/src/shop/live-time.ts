import type { CloudEvent } from '../cloud-event.ts';
import { DAY_MS } from './shop-definitions.ts';
import { type ShopOptions, simulateShop } from './simulate-shop.ts';

/**
 * How many times faster than life a shop must run from the end of its past on, to give `rate` events a second. Found by trying the
 * thirty days before that end (or all of a shorter past).
 */
export function stretchFor(options: ShopOptions, rate: number): number {
  const endsAt = options.from + options.days * DAY_MS;
  const span = Math.min(30, options.days) * DAY_MS;
  let events = 0;
  for (const { time } of simulateShop(options)) if (Date.parse(time) >= endsAt - span) events++;
  const natural = events / (span / 1000);
  return natural === 0 ? 1 : Math.max(1, rate / natural);
}

/** The event with its times after `liveFrom` brought nearer to it. Order and dues keep their sense: all times move by one rule. */
export function retimed(event: CloudEvent, liveFrom: number, stretch: number): CloudEvent {
  const move = (instant: string) => {
    const at = Date.parse(instant);
    return at <= liveFrom ? instant : new Date(liveFrom + Math.floor((at - liveFrom) / stretch)).toISOString();
  };
  const { dueAt } = event.data;
  const data = typeof dueAt === 'string' ? { ...event.data, dueAt: move(dueAt) } : event.data;
  return { ...event, time: move(event.time), data };
}
