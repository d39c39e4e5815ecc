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
export function turnsAt<Place>(places: readonly Place[], limits?: TurnLimits): Turns<Place> {
  const queues: Queues<Place> = {
    free: [...places],
    placesMax: limits === undefined ? places.length : Math.max(1, places.length - 1),
    waiting: new Map(),
    busy: new Map(),
    waitingCount: 0,
  };
  return {
    async take(asker, work) {
      const name = asker?.name ?? '';
      if (asker?.signal.aborted) throw new NoTurn('left');
      const mayBeginNow = queues.free.length > 0 && mayBegin(queues, name);
      const place = mayBeginNow ? occupy(queues, name) : await wait(queues, name, asker, limits);
      try {
        if (asker?.signal.aborted) throw new NoTurn('left');
        return await work(place);
      } finally {
        leave(queues, name, place);
      }
    },
  };
}

interface Queues<Place> {
  readonly free: Place[];
  /** Most places that one asker occupies. */
  readonly placesMax: number;
  /** Work that waits, under its asker's name; the order of the map is the order of turns. */
  readonly waiting: Map<string, Waiting<Place>[]>;
  /** Places that each asker occupies. */
  readonly busy: Map<string, number>;
  waitingCount: number;
}

function mayBegin<Place>({ busy, placesMax }: Queues<Place>, name: string): boolean {
  return (busy.get(name) ?? 0) < placesMax;
}

function occupy<Place>({ busy, free }: Queues<Place>, name: string): Place {
  busy.set(name, (busy.get(name) ?? 0) + 1);
  return free.pop()!;
}

function leave<Place>(queues: Queues<Place>, name: string, place: Place): void {
  const { busy, free } = queues;
  const left = busy.get(name)! - 1;
  if (left === 0) busy.delete(name);
  else busy.set(name, left);
  free.push(place);
  beginNext(queues);
}

function remove<Place>(queues: Queues<Place>, one: Waiting<Place>): void {
  const queue = queues.waiting.get(one.name)!;
  queue.splice(queue.indexOf(one), 1);
  if (queue.length === 0) queues.waiting.delete(one.name);
  queues.waitingCount--;
}

function beginNext<Place>(queues: Queues<Place>): void {
  const { free, waiting } = queues;
  while (free.length > 0) {
    const name = [...waiting.keys()].find((asker) => mayBegin(queues, asker));
    if (name === undefined) return;
    const queue = waiting.get(name)!;
    const [next] = queue as [Waiting<Place>];
    remove(queues, next);
    // Moves the asker's queue to the end: the others come first.
    if (waiting.delete(name)) waiting.set(name, queue);
    next.begin(occupy(queues, name));
  }
}

function wait<Place>(
  queues: Queues<Place>,
  name: string,
  asker: Asker | undefined,
  limits: TurnLimits | undefined,
): Promise<Place> {
  const signal = asker?.signal;
  const bound = asker === undefined ? undefined : limits;
  const before = queues.waiting.get(name);
  if (bound !== undefined && isFull(bound, queues.waitingCount, before?.length ?? 0)) {
    return Promise.reject(new NoTurn('queue-full'));
  }
  return new Promise((resolve, reject) => {
    const giveUp = (reason: NoTurnReason) => {
      remove(queues, one);
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
    if (before === undefined) queues.waiting.set(name, [one]);
    else before.push(one);
    queues.waitingCount++;
  });
}

function isFull({ waitingMax }: TurnLimits, waiting: number, ofThisAsker: number): boolean {
  return waiting >= waitingMax || ofThisAsker >= Math.ceil(waitingMax / 2);
}
