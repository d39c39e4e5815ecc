/** Who asks for something that has to wait for its turn. */
export interface Asker {
  /** Whose turns these are: the name of a key, or an address. */
  readonly name: string;
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

export interface TurnLimits {
  /** How many may wait; one asker has half of that at most. */
  readonly waitingMax: number;
  readonly waitMaxMs: number;
}

export type NoTurnReason =
  /** As many wait as may. */
  | 'queue-full'
  /** The turn did not come in time. */
  | 'waited-long'
  /** Nobody waits for it any more. */
  | 'left';

/** What was asked for was not begun; of `left`: or was given up. */
export class NoTurn extends Error {
  override readonly name = 'NoTurn';
  readonly reason: NoTurnReason;
  constructor(reason: NoTurnReason) {
    super(WORDS[reason]);
    this.reason = reason;
  }
}

const WORDS: Readonly<Record<NoTurnReason, string>> = {
  'queue-full': 'as many wait as may',
  'waited-long': 'its turn did not come in time',
  left: 'nobody waits for the answer any more',
};

/** Places at each of which one thing is done at a time. */
export interface Turns<Place> {
  /**
   * Does the work as soon as a place is free and it is this asker's turn; whoever leaves before that is passed over. Work under way is its own to give up.
   * @throws NoTurn
   */
  take<Result>(asker: Asker | undefined, work: (place: Place) => Promise<Result>): Promise<Result>;
}

interface Waiting<Place> {
  readonly name: string;
  begin(place: Place): void;
}

/**
 * Askers take turns, one of each at a time, so that who asks for much waits for themselves. With limits one asker never has the last of several places, which is so
 * free, or free soon, for another. Work without an asker is the system's own: it is done in the order in which it came, and waits however long and however many wait.
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: its steps share state: split it into a state record and functions over it when it changes next.
export function turnsAt<Place>(places: readonly Place[], limits?: TurnLimits): Turns<Place> {
  const free = [...places];
  const placesMax = limits === undefined ? places.length : Math.max(1, places.length - 1);
  // In the order of their turns.
  const queues = new Map<string, Waiting<Place>[]>();
  const busy = new Map<string, number>();
  let waitingCount = 0;

  const mayBegin = (name: string) => (busy.get(name) ?? 0) < placesMax;
  const occupy = (name: string): Place => {
    busy.set(name, (busy.get(name) ?? 0) + 1);
    return free.pop()!;
  };
  const leave = (name: string, place: Place) => {
    const left = busy.get(name)! - 1;
    if (left === 0) busy.delete(name);
    else busy.set(name, left);
    free.push(place);
    beginNext();
  };
  const remove = (one: Waiting<Place>) => {
    const queue = queues.get(one.name)!;
    queue.splice(queue.indexOf(one), 1);
    if (queue.length === 0) queues.delete(one.name);
    waitingCount--;
  };

  function beginNext(): void {
    while (free.length > 0) {
      const name = [...queues.keys()].find(mayBegin);
      if (name === undefined) return;
      const queue = queues.get(name)!;
      const [next] = queue as [Waiting<Place>];
      remove(next);
      // Behind the others, until they have had theirs.
      if (queues.delete(name)) queues.set(name, queue);
      next.begin(occupy(name));
    }
  }

  function wait(name: string, asker: Asker | undefined): Promise<Place> {
    const signal = asker?.signal;
    const bound = asker === undefined ? undefined : limits;
    const before = queues.get(name);
    if (bound !== undefined && isFull(bound, waitingCount, before?.length ?? 0)) {
      return Promise.reject(new NoTurn('queue-full'));
    }
    return new Promise((resolve, reject) => {
      const giveUp = (reason: NoTurnReason) => {
        remove(one);
        end();
        reject(new NoTurn(reason));
      };
      const onLeft = () => giveUp('left');
      const timer = bound && setTimeout(giveUp, bound.waitMaxMs, 'waited-long' satisfies NoTurnReason);
      const end = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onLeft);
      };
      const one: Waiting<Place> = {
        name,
        begin: (place) => {
          end();
          resolve(place);
        },
      };
      signal?.addEventListener('abort', onLeft);
      if (before === undefined) queues.set(name, [one]);
      else before.push(one);
      waitingCount++;
    });
  }

  return {
    async take(asker, work) {
      const name = asker?.name ?? '';
      if (asker?.signal.aborted) throw new NoTurn('left');
      const place = free.length > 0 && mayBegin(name) ? occupy(name) : await wait(name, asker);
      try {
        if (asker?.signal.aborted) throw new NoTurn('left');
        return await work(place);
      } finally {
        leave(name, place);
      }
    },
  };
}

function isFull({ waitingMax }: TurnLimits, waiting: number, ofThisAsker: number): boolean {
  return waiting >= waitingMax || ofThisAsker >= Math.ceil(waitingMax / 2);
}
