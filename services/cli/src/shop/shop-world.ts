import type { EventType } from '@touchstone/journey';
import type { ShopCalendar } from './shop-calendar.ts';
import type { Shopper } from './shopper.ts';

export interface PlannedEvent {
  readonly id: string;
  readonly customerId: string;
  readonly type: EventType;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What the episodes of a shopper's life need of the shop around them. */
export interface ShopWorld {
  readonly calendar: ShopCalendar;
  /** 1, 2, 3 … per kind of thing, in the order in which they are begun. */
  numberOf(kind: string): number;
  plan(at: number, event: PlannedEvent): void;
}

type ShortType = EventType extends `touchstone.${infer Rest}.v1` ? Rest : never;

/** One journey as it is being told. `tell` plans an event of it and returns its time. */
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
        type: `touchstone.${type}.v1` as EventType,
        data: { journeyId: id, journeyType, ...data },
      });
      return time;
    },
  };
}

/** What a shopper does outside any journey. */
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
    type: `touchstone.${type}.v1` as EventType,
    data,
  });
}
