import { expect, test } from 'vitest';
import { largeCustomers } from '../testing/large-customers.ts';
import { measures } from '../testing/random-history.ts';
import { apply } from './apply.ts';
import { newChanges } from './changes.ts';
import { settle } from './settle.ts';
import { copyState, initialState } from './state.ts';
import { viewCustomer } from './views.ts';

/** How often anything that a state holds is looked at. */
interface Looks {
  count: number;
}

class CountedMap<Value> extends Map<string, Value> {
  readonly looks: Looks;
  constructor(looks: Looks) {
    super();
    this.looks = looks;
  }
  override get(key: string): Value | undefined {
    this.looks.count++;
    return super.get(key);
  }
  override values(): MapIterator<Value> {
    this.looks.count += this.size;
    return super.values();
  }
}

/** An array, whatever is read or moved in it. */
function countedArray<Item>(looks: Looks): Item[] {
  return new Proxy<Item[]>([], {
    get(target, name, receiver) {
      looks.count++;
      return Reflect.get(target, name, receiver);
    },
  });
}

function looksFor(n: number, eventsOf: (typeof largeCustomers)[string]): number {
  const looks: Looks = { count: 0 };
  const times = () => ({ size: 0, chunks: countedArray<number[]>(looks) });
  const plain = initialState('c1');
  const state = {
    ...plain,
    promises: new CountedMap<never>(looks),
    complaints: new CountedMap<never>(looks),
    journeys: new CountedMap<never>(looks),
    deadlines: countedArray<never>(looks),
    complaintsByAge: countedArray<never>(looks),
    standing: times(),
    journeyStarts: times(),
    trust: { ...plain.trust, momentsAlone: times(), purchases: times(), incidents: times() },
  };
  for (const event of eventsOf(n)) apply(measures, state, event, newChanges());
  settle(measures, copyState(state), Date.UTC(2199, 0, 1), newChanges());
  settle(measures, state, Date.UTC(2199, 0, 1), newChanges());
  viewCustomer(measures, state);
  return looks.count;
}

test.each(Object.entries(largeCustomers))(
  '%s: four times as many take at most six times as many looks',
  (_, eventsOf) => {
    const few = looksFor(250, eventsOf);
    expect(few).toBeGreaterThan(250);
    expect(looksFor(1_000, eventsOf)).toBeLessThan(6 * few);
  },
);
