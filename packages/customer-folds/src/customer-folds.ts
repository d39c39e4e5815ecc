import type { EventStore, StoredEvent, StreamRange } from '@touchstone/event-store';
import { customerStream } from '@touchstone/journey';
import { type Asker, sharedWork, type TurnLimits, turnsAt } from '@touchstone/runtime';
import { LRUCache } from 'lru-cache';
import { BrokenFold, type Folded, foldAtHand } from './fold-stored.ts';
import { type FoldingThread, prepareFoldingThread, startFoldingThread } from './folding-thread.ts';
import { beginTask, type Given, type ResultOf, type Task } from './tasks.ts';

/** The part of the store that folds read customers from. */
export type Streams = Pick<EventStore, 'streamPages' | 'head'>;

/** A question about one customer's published events. */
export interface FoldRequest<Name extends Task> {
  readonly task: Name;
  readonly customerId: string;
  /** Called when the fold begins, so that a request that waited is answered for that moment. */
  readonly given: () => Given<Name> | Promise<Given<Name>>;
  readonly range?: StreamRange | undefined;
  /** Filter of the events that count; without it all count. */
  readonly isSeen?: ((event: StoredEvent) => boolean) | undefined;
  /**
   * The client that asks. The system's own folds have none, and no limit on waiting turns them
   * away.
   */
  readonly asker?: Asker | undefined;
  /**
   * Requests of one key ask the same question: those that arrive before anything more is stored
   * share its answer.
   */
  readonly key?: string | undefined;
  /** Called if the customer turns out to be large, before the fold, which takes a while then. */
  readonly onLarge?: (() => void) | undefined;
}

export interface CustomerFolds {
  /**
   * Fold a customer's events: on the caller's thread where they are few, else on a worker thread,
   * two customers at a time. Throws `NoTurn` and whatever reading the store throws.
   */
  fold<Name extends Task>(store: Streams, request: FoldRequest<Name>): Promise<Folded<ResultOf<Name>>>;
  close(): Promise<void>;
}

/**
 * Events that are folded on the caller's thread; a customer with more, or with longer ones, goes to
 * a worker. Folding this many blocks the event loop for some 20 ms.
 */
export const FOLDED_HERE_MAX = 2_000;
const LENGTH_FOLDED_HERE_MAX = 4 << 20;
/** Cache of the customers known to be large, so that their first events are not read twice. */
const LARGE_REMEMBERED = 1_000;
/** Large customers folded at once. */
const FOLDS_AT_ONCE = 2;
/** Large folds that may wait for their turn. */
export const FOLDS_WAITING_MAX = 32;
export const FOLD_LIMITS: TurnLimits = { waitingMax: FOLDS_WAITING_MAX, waitMaxMs: 30_000 };

export function openCustomerFolds(): CustomerFolds {
  prepareFoldingThread();
  const threads: (FoldingThread | undefined)[] = [];
  const turns = turnsAt(
    Array.from({ length: FOLDS_AT_ONCE }, (_, place) => place),
    FOLD_LIMITS,
  );
  const shared = sharedWork();
  const large = new LRUCache<string, true>({ max: LARGE_REMEMBERED });
  /**
   * Customers being read for the first time. Other requests for them wait until that read tells
   * whether they are large.
   */
  const beingRead = new Map<string, Promise<unknown>>();

  function threadAt(place: number): FoldingThread {
    threads[place] ??= startFoldingThread(() => {
      threads[place] = undefined;
    });
    return threads[place];
  }

  function foldApart(store: Streams, request: FoldRequest<Task>, asker?: Asker): Promise<Folded<unknown>> {
    const { task, customerId, onLarge } = request;
    onLarge?.();
    const leftOut = new Set<bigint>();
    return turns.take(asker, async (place) => {
      const given = await request.given();
      for (;;) {
        try {
          const begin = { task, customerId, given, leftOut };
          return await threadAt(place).fold(begin, pagesOf(store, request), asker?.signal);
        } catch (error) {
          if (!(error instanceof BrokenFold)) throw error;
          leftOut.add(error.position);
        }
      }
    });
  }

  /** Joins a fold of the same question, unless an event was stored since that one began. */
  async function foldShared(
    store: Streams,
    request: FoldRequest<Task>,
    asker: Asker,
    key: string,
  ): Promise<Folded<unknown>> {
    const head = await store.head();
    return shared.share({ key, at: head, notBefore: head }, asker, (all) => foldApart(store, request, all));
  }

  async function readFew<Name extends Task>(store: Streams, request: FoldRequest<Name>): Promise<StoredEvent[] | null> {
    const { customerId } = request;
    const read = async () => {
      const few = await fewOf(pagesOf(store, request));
      if (few === null) large.set(customerId, true);
      return few;
    };
    const reading = read();
    const isOver = Promise.allSettled([reading]);
    beingRead.set(customerId, isOver);
    try {
      return await reading;
    } finally {
      if (beingRead.get(customerId) === isOver) beingRead.delete(customerId);
    }
  }

  return {
    async fold<Name extends Task>(store: Streams, request: FoldRequest<Name>): Promise<Folded<ResultOf<Name>>> {
      const { task, customerId, asker, key } = request;
      const first = beingRead.get(customerId);
      if (first !== undefined) await first;
      // `get` also marks the customer as recently used, so that the cache keeps it.
      const few = large.get(customerId) === undefined ? await readFew(store, request) : null;
      if (few !== null) {
        const given = await request.given();
        return foldAtHand(few, () => beginTask(task, customerId, given));
      }
      const apart = request as FoldRequest<Task>;
      const folded =
        asker && key !== undefined ? foldShared(store, apart, asker, `${task} ${key}`) : foldApart(store, apart, asker);
      return (await folded) as Folded<ResultOf<Name>>;
    },
    close: async () => {
      await Promise.all(threads.map((thread) => thread?.stop()));
    },
  };
}

/** Folds every customer on the caller's thread, for programs that serve nobody else. */
export const foldsHere: CustomerFolds = {
  async fold<Name extends Task>(store: Streams, request: FoldRequest<Name>): Promise<Folded<ResultOf<Name>>> {
    const events: StoredEvent[] = [];
    for await (const page of pagesOf(store, request)) for (const event of page) events.push(event);
    const given = await request.given();
    return foldAtHand(events, () => beginTask(request.task, request.customerId, given));
  },
  close: async () => undefined,
};

function pagesOf<Name extends Task>(
  store: Streams,
  { customerId, range, isSeen }: FoldRequest<Name>,
): AsyncIterable<readonly StoredEvent[]> {
  const pages = store.streamPages(customerStream(customerId), range);
  return isSeen === undefined ? pages : seen(pages, isSeen);
}

/** All events if they are few; else null, and the rest of the stream stays unread. */
async function fewOf(pages: AsyncIterable<readonly StoredEvent[]>): Promise<StoredEvent[] | null> {
  const events: StoredEvent[] = [];
  let length = 0;
  for await (const page of pages) {
    for (const event of page) {
      events.push(event);
      length += event.body.length;
    }
    if (events.length > FOLDED_HERE_MAX || length > LENGTH_FOLDED_HERE_MAX) return null;
  }
  return events;
}

async function* seen(pages: AsyncIterable<readonly StoredEvent[]>, isSeen: (event: StoredEvent) => boolean) {
  for await (const page of pages) yield page.filter(isSeen);
}
