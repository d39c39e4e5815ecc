import { type EventType, eventTypeOfShort, type ShortType } from '@touchstone/journey';
import type { ShopCalendar } from './shop-calendar.ts';
import type { Shopper } from './shopper.ts';

export interface PlannedEvent {
  readonly id: string;
  readonly customerId: string;
  readonly type: EventType;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The parts of the shop that the episodes of a shopper need. */
export interface ShopWorld {
  readonly calendar: ShopCalendar;
  /** The next number (1, 2, 3 …) of this kind. */
  numberOf(kind: string): number;
  plan(at: number, event: PlannedEvent): void;
}

/** One journey under way. `tell` plans an event of it and returns its time. */
export interface Tale {
  readonly id: string;
  tell(at: number, type: ShortType, data?: Readonly<Record<string, unknown>>): number;
}

export function beginTale(world: ShopWorld, shopper: Shopper, journeyType: string): Tale {
  const id = `${journeyType}-${String(world.numberOf(journeyType)).padStart(5, '0')}`;
  let told = 0;
  return {
    id,
    tell(at, type, data = {}) {
      const time = Math.floor(at);
      told++;
      world.plan(time, {
        id: `${id}/${told}`,
        customerId: shopper.id,
        type: eventTypeOfShort(type)!,
        data: { journeyId: id, journeyType, ...data },
      });
      return time;
    },
  };
}

/** Plans an event of a shopper outside of any journey. */
export function tellAside(
  world: ShopWorld,
  shopper: Shopper,
  at: number,
  type: ShortType,
  data: Readonly<Record<string, unknown>>,
): void {
  world.plan(Math.floor(at), {
    id: `${shopper.id}/${type}/${world.numberOf(`${shopper.id}/${type}`)}`,
    customerId: shopper.id,
    type: eventTypeOfShort(type)!,
    data,
  });
}
