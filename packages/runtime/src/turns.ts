/** The caller of a piece of work that waits in a queue. */
export interface Asker {
  /** Identifies the queue: the name of a key, or an address. */
  readonly name: string;
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

export interface TurnLimits {
  /** Maximum queue length; one asker gets at most half of it. */
  readonly waitingMax: number;
  readonly waitMaxMs: number;
}

export type NoTurnReason =
  /** The queue is full. */
  | 'queue-full'
  /** The wait exceeded its limit. */
  | 'waited-long'
  /** The caller has left. */
  | 'left';

/** The work was not started, or, for `left`, was abandoned. */
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

/** A fair semaphore: each place runs one piece of work at a time. */
export interface Turns<Place> {
  /**
   * Runs the work when a place is free and it is this asker's turn; an asker that leaves first is
   * skipped. Running work must watch the asker's signal itself.
   * @throws NoTurn
   */
  take<Result>(asker: Asker | undefined, work: (place: Place) => Promise<Result>): Promise<Result>;
}

interface Waiting<Place> {
  readonly name: string;
  begin(place: Place): void;
}

/**
 * Round-robin between askers, so that one who asks for much waits only for itself; with limits, one
 * asker never occupies all of several places, so another can start soon. Work without an asker is
 * the system's own: it is first-in first-out, without limits of time or number.
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: its steps share state: split it into a state record and functions over it when it changes next.
export function turnsAt<Place>(places: readonly Place[], limits?: TurnLimits): Turns<Place> {
  const free = [...places];
  const placesMax = limits === undefined ? places.length : Math.max(1, places.length - 1);
  // Map order is the order of turns.
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
      // Moves the asker's queue to the end: the others come first.
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
