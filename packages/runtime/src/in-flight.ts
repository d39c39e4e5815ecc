import { Problem } from './problem.ts';

/**
 * A bound on what is held in memory at once; beyond it publishers get an error to retry later, or
 * wait (back-pressure).
 */
export interface InFlight {
  /**
   * Opens a holding for one request, initially empty. All holdings of one `owner` together are
   * limited to a share.
   */
  hold(owner?: string): Holding;
  readonly taken: number;
}

export interface Holding {
  /**
   * Sets the held amount.
   * @throws Problem (503, `Retry-After`) if there is no room; the held amount then stays as it was.
   */
  set(amount: number): void;
  /**
   * Sets the amount as soon as there is room. Only for an empty holding, so that holders never wait
   * for each other.
   */
  wait(amount: number): Promise<void>;
  /** Releases everything; the holding is not used again. */
  release(): void;
}

/** The share of one owner is the whole divided by this, so that nobody can take all. */
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

/**
 * An amount beyond the bound or the share is admitted when nothing else counts against it, so that
 * it cannot wait for ever.
 */
export function inFlight(most: number, what: string): InFlight {
  let taken = 0;
  const owners = new Map<string, Owner>();
  const waiting: Waiting[] = [];
  const share = Math.floor(most / OWNER_PARTS);

  /**
   * Admits in order, but skips holders whose owner has used up its share: those wait for their own
   * owner only.
   */
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
