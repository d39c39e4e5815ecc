import type { CustomerState } from '../src/index.ts';

/** Number of accesses to anything that a state holds. */
export interface Looks {
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
  override [Symbol.iterator](): MapIterator<[string, Value]> {
    this.looks.count += this.size;
    return super[Symbol.iterator]();
  }
}

/** An array that counts every read and move. */
function countedArray<Item>(looks: Looks): Item[] {
  return new Proxy<Item[]>([], {
    get(target, name, receiver) {
      looks.count++;
      return Reflect.get(target, name, receiver);
    },
  });
}

/** A state that counts every access to anything that it holds. `plain` must be without events. */
export function countedState(plain: CustomerState, looks: Looks): CustomerState {
  const times = () => ({ size: 0, chunks: countedArray<number[]>(looks) });
  return {
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
}
