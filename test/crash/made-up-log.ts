import type { EventToAppend } from '@touchstone/event-store';
import type { JourneyEvent } from '@touchstone/journey';
import { asAppended, randomHistories } from '@touchstone/journey/testing';
import type { Chance } from './chance.ts';

export interface MadeUpLog {
  /** In the order in which they are published: each customer's in theirs, some of which happened before those that stand before them. */
  readonly events: readonly EventToAppend[];
  /** The good ones, by customer. */
  readonly histories: ReadonlyMap<string, readonly JourneyEvent[]>;
  /** How many of the events no projector can take. */
  readonly poisoned: number;
}

/** One event in so many cannot be taken; such as were written by a program that is newer or wrong, past the way in. */
const POISON_EVERY = 150;

/** Random customers dealt into one log, with late events, and now and then one that will be parked. */
export function madeUpLog(customers: number, chance: Chance, name = 'c'): MadeUpLog {
  const histories = randomHistories(customers, chance.seed, name);
  const queues = histories.map((events) => [...events]);
  const events: EventToAppend[] = [];
  let poisoned = 0;
  for (let open = queues; open.length > 0; open = open.filter((queue) => queue.length > 0)) {
    const queue = chance.pick(open);
    for (const event of queue.splice(0, chance.whole(1, 5))) {
      events.push(asAppended(event));
      if (events.length % POISON_EVERY !== 0) continue;
      events.push(poison(event, ++poisoned));
    }
  }
  return { events, histories: new Map(histories.map((each) => [each[0]!.customerId, each])), poisoned };
}

/** Of a type that is not known; or of one that is, and half taken before it turns out that it cannot be. */
function poison(beside: JourneyEvent, nth: number): EventToAppend {
  const data = { journeyId: 'j1', journeyType: 'order', touchpoint: 'desk.asked', channel: 'web', outcome: 'failed' };
  const event =
    nth % 2 === 0
      ? { ...beside, type: 'touchstone.moment.recorded.v0' }
      : { ...beside, type: 'touchstone.moment.recorded.v1', data: { ...data, perception: 'good' } };
  return asAppended({ ...event, id: `poison-${nth}`, source: '/wrong' } as unknown as JourneyEvent);
}
