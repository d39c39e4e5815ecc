import type { EventToAppend } from '@touchstone/event-store';
import type { JourneyEvent } from '@touchstone/journey';
import { asAppended, randomHistories } from '@touchstone/journey/testing';
import type { Chance } from './chance.ts';

export interface MadeUpLog {
  /**
   * In the order in which they are published: each customer's events in order, some of which
   * happened before earlier ones.
   */
  readonly events: readonly EventToAppend[];
  /** The valid events, by customer. */
  readonly histories: ReadonlyMap<string, readonly JourneyEvent[]>;
  /** Number of events that no projector can take. */
  readonly poisoned: number;
}

/**
 * One in this many events is invalid, as if a newer or faulty program had written it, bypassing
 * ingest.
 */
const POISON_EVERY = 150;

/**
 * Interleaves random customers into one log, with late events and occasional ones that will be
 * parked.
 */
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

/**
 * An invalid event: of an unknown type, or of a known type with a fault that shows only when it is
 * half processed.
 */
function poison(beside: JourneyEvent, nth: number): EventToAppend {
  const data = { journeyId: 'j1', journeyType: 'order', touchpoint: 'desk.asked', channel: 'web', outcome: 'failed' };
  const event =
    nth % 2 === 0
      ? { ...beside, type: 'touchstone.moment.recorded.v0' }
      : { ...beside, type: 'touchstone.moment.recorded.v1', data: { ...data, perception: 'good' } };
  return asAppended({ ...event, id: `poison-${nth}`, source: '/wrong' } as unknown as JourneyEvent);
}
