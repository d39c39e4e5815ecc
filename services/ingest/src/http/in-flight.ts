import { Problem } from '@touchstone/runtime';

/** A bound on what is held in memory at once; beyond it publishers are asked to come back, or made to wait. */
export interface InFlight {
  /** What one request holds of it: nothing at first. All that one `owner` holds together is bound to a share. */
  hold(owner?: string): Holding;
  readonly taken: number;
}

export interface Holding {
  /** Holds `amount` from now on. Throws a problem (503, `Retry-After`) where there is no room for it, and holds what it held. */
  set(amount: number): void;
  /** The same, as soon as there is room. For what holds nothing yet: so nobody waits for one who waits. */
  wait(amount: number): Promise<void>;
  /** Holds nothing any more; the end of it. */
  release(): void;
}

/** One owner may hold one part of so many: nobody can take all. */
export const OWNER_PARTS = 2;

interface Owner {
  taken: number;
  holdings: number;
}

interface Waiting {
  readonly fitsShare: () => boolean;
  readonly fitsAll: () => boolean;
  readonly go: () => void;
}

/** An amount beyond the bound, or beyond a share, is let through when nothing else of it is in flight, so that it cannot wait for ever. */
export function inFlight(most: number, what: string): InFlight {
  let taken = 0;
  const owners = new Map<string, Owner>();
  const waiting: Waiting[] = [];
  const share = Math.floor(most / OWNER_PARTS);

  /** Nobody overtakes, but for those whose owner has used its share up: they hold up themselves alone. */
  function admit(): void {
    for (let at = 0; at < waiting.length; ) {
      const next = waiting[at]!;
      if (!next.fitsShare()) at++;
      else if (!next.fitsAll()) return;
      else {
        waiting.splice(at, 1);
        next.go();
      }
    }
  }

  function hold(name?: string): Holding {
    let held = 0;
    let isReleased = false;
    const owner = name === undefined ? undefined : ownerNamed(owners, name);
    const fitsAll = (amount: number) => isWithin(taken - held, amount, most);
    const fitsShare = (amount: number) => owner === undefined || isWithin(owner.taken - held, amount, share);
    const change = (amount: number) => {
      const more = amount - held;
      taken += more;
      if (owner !== undefined) owner.taken += more;
      held = amount;
      if (more < 0) admit();
    };
    return {
      set(amount) {
        if (amount > held && !fitsShare(amount)) throw overloaded(`${share} ${what} of one key`);
        if (amount > held && !fitsAll(amount)) throw overloaded(`${most} ${what}`);
        change(amount);
      },
      wait: (amount) =>
        new Promise((resolve) => {
          const go = () => {
            change(amount);
            resolve();
          };
          waiting.push({ fitsShare: () => fitsShare(amount), fitsAll: () => fitsAll(amount), go });
          admit();
        }),
      release() {
        if (isReleased) return;
        isReleased = true;
        if (owner !== undefined && --owner.holdings === 0) owners.delete(name!);
        change(0);
      },
    };
  }

  return {
    hold,
    get taken() {
      return taken;
    },
  };
}

function ownerNamed(owners: Map<string, Owner>, name: string): Owner {
  const owner = owners.get(name) ?? { taken: 0, holdings: 0 };
  owners.set(name, owner);
  owner.holdings++;
  return owner;
}

const isWithin = (others: number, amount: number, bound: number) => others === 0 || others + amount <= bound;

function overloaded(bound: string): Problem {
  return new Problem('overloaded', `More than ${bound} are in flight. Send this again in a moment.`, {
    headers: { 'retry-after': '1' },
  });
}
