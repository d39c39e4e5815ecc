import {
  apply,
  type CloudEvent,
  definitionSchema,
  definitionsByType,
  eventFaults,
  foldCustomer,
  initialState,
  type JourneyEvent,
  newChanges,
  policyV1,
  stages,
  viewCustomer,
} from '@touchstone/journey';
import { describe, expect, it } from 'vitest';
import { retimed, stretchFor } from './live-time.ts';
import { shopDefinitions } from './shop-definitions.ts';
import { simulateShop } from './simulate-shop.ts';

const FROM = Date.UTC(2025, 0, 1);
const DAY_MS = 86_400_000;
const SHOP = { seed: 1, customers: 300, days: 450, from: FROM };
const first = (count: number, events: Iterable<CloudEvent>) => {
  const found: CloudEvent[] = [];
  for (const event of events) if (found.push(event) >= count) break;
  return found;
};

describe('the simulated shop', () => {
  const events = [...simulateShop(SHOP)];

  it('is the same for the same seed, and another for another', () => {
    expect([...simulateShop(SHOP)]).toEqual(events);
    expect(first(100, simulateShop({ ...SHOP, seed: 2 }))).not.toEqual(events.slice(0, 100));
  });

  it('tells its events in the order of time, each once, within its days, and each as the system takes it', () => {
    const seen = new Set<string>();
    let before = new Date(FROM).toISOString();
    for (const event of events) {
      expect(eventFaults(event)).toEqual([]);
      expect(event.time >= before).toBe(true);
      before = event.time;
      seen.add(`${event.subject} ${event.id}`);
    }
    expect(seen.size).toBe(events.length);
    expect(Date.parse(before)).toBeLessThan(FROM + 450 * DAY_MS);
    expect(new Set(events.map(({ subject }) => subject)).size).toBe(300);
  });

  it('begins as a longer history does', () => {
    // Later on, newcomers replace customers who leave.
    expect(first(200, simulateShop({ ...SHOP, isEndless: true }))).toEqual(events.slice(0, 200));
  });

  it('has definitions that are good and cover its journeys', () => {
    for (const definition of shopDefinitions) expect(definitionSchema.safeParse(definition).success).toBe(true);
    const types = new Set(events.map(({ data }) => data.journeyType).filter((type) => type !== undefined));
    expect([...types].sort()).toEqual(shopDefinitions.map(({ type }) => type).sort());
  });

  it('has customers in every stage, late and lost parcels, vetoed and recovered journeys, and the quietly leaving', () => {
    const measures = { policy: policyV1, definitions: definitionsByType(shopDefinitions) };
    const byCustomer = group(events);
    const found = new Map<string, number>();
    const count = (what: string) => found.set(what, (found.get(what) ?? 0) + 1);
    for (const [customerId, own] of byCustomer) {
      const state = foldCustomer(measures, customerId, own.map(decoded), FROM + 450 * DAY_MS)!;
      const view = viewCustomer(measures, state);
      count(view.stage);
      if (view.quietlyLeaving) count('quietly leaving');
      for (const { because } of view.history) count(because);
      for (const { isExpected, state: fate } of state.promises.values()) count(isExpected ? `expected ${fate}` : fate);
      for (const journey of state.journeys.values()) if (journey.standing.size > 0) count('vetoed');
      if (wasRecovered(measures, own)) count('recovered');
    }
    for (const stage of stages) expect(found.get(stage), stage).toBeGreaterThan(10);
    for (const state of ['kept', 'kept-late', 'broken', 'expected kept', 'expected kept-late']) {
      expect(found.get(state), state).toBeGreaterThan(3);
    }
    for (const what of [
      'quietly leaving',
      'vetoed',
      'recovered',
      'critical-failure',
      'relationship-ended',
      'complaint-open',
    ]) {
      expect(found.get(what), what).toBeGreaterThan(0);
    }
  });

  it('goes on live at the pace asked for, all times moved by one rule', () => {
    const liveFrom = FROM + 60 * DAY_MS;
    const past = { ...SHOP, days: 60 };
    const stretch = stretchFor(past, 2);
    const live = [];
    for (const event of simulateShop({ ...past, isEndless: true })) {
      if (Date.parse(event.time) < liveFrom) continue;
      live.push(retimed(event, liveFrom, stretch));
      if (live.length === 400) break;
    }
    const took = (Date.parse(live.at(-1)!.time) - liveFrom) / 1000;
    expect(400 / took).toBeGreaterThan(0.5);
    expect(400 / took).toBeLessThan(8);
    for (const { time, data } of live) if (typeof data.dueAt === 'string') expect(data.dueAt > time).toBe(true);
  });
});

function group(events: readonly CloudEvent[]): Map<string, CloudEvent[]> {
  const groups = new Map<string, CloudEvent[]>();
  for (const event of events) {
    const own = groups.get(event.subject);
    if (own === undefined) groups.set(event.subject, [event]);
    else own.push(event);
  }
  return groups;
}

function decoded(event: CloudEvent): JourneyEvent {
  return { ...event, customerId: event.subject, time: Date.parse(event.time) } as unknown as JourneyEvent;
}

/** Whether the journey was vetoed and is no longer. */
function wasRecovered(measures: Parameters<typeof apply>[0], events: readonly CloudEvent[]): boolean {
  const state = initialState(events[0]!.subject);
  const vetoed = new Set<string>();
  for (const event of events) {
    apply(measures, state, decoded(event), newChanges());
    for (const id of vetoed) if (state.journeys.get(id)!.standing.size === 0) return true;
    for (const { id, standing } of state.journeys.values()) if (standing.size > 0) vetoed.add(id);
  }
  return false;
}
