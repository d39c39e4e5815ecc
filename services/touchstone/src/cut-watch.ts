import { setTimeout as pause } from 'node:timers/promises';
import { toAppend } from '@touchstone/clock';
import { tellCuts, toldCut } from '@touchstone/customer-folds';
import type { EventStore, OnCut } from '@touchstone/event-store';
import { type CutNoticedBy, customerOf, customerStream, historyCutEvent } from '@touchstone/journey';
import type { Logger } from '@touchstone/runtime';
import { LRUCache } from 'lru-cache';

/**
 * Notices customers whose history was cut in the event store, and records that in the log so that
 * every read model follows.
 */
export interface CutWatch {
  /** Callback for the store, which reports each cut that a read or an append meets. */
  readonly onCut: OnCut;
  /**
   * Looks at this customer now. True if events are missing, whether or not that was recorded
   * before.
   */
  look(customerId: string, by: CutNoticedBy): Promise<boolean>;
  /** Starts recording the cuts that were met, in this store. */
  attend(store: EventStore): void;
  stop(): Promise<void>;
}

/**
 * Cuts met within this time are recorded together, so that the rows of those customers are rebuilt
 * together.
 */
const GATHER_MS = 1_000;
/** A log that takes nothing, as one that was copied elsewhere, is asked about once a minute. */
const DOUBLINGS_MAX = 6;
/** Upper limit of the customers that are looked at concurrently. */
const LOOKED_AT_ONCE = 100;
/** Upper limit of the customers whose last recorded cut is cached. */
const REMEMBERED = 50_000;

/** A customer whose cut was met, and by which reader. */
interface Met {
  readonly by: CutNoticedBy;
  /** The first revision that is left; -1 if unknown. */
  readonly first: number;
}

export function watchCuts(logger: Logger, now: () => number = Date.now, gatherMs = GATHER_MS): CutWatch {
  const stopping = new AbortController();
  const met = new Map<string, Met>();
  /** Customer → first revision left when the cut was recorded. */
  const told = new LRUCache<string, number>({ max: REMEMBERED });
  let store: EventStore | undefined;
  let telling: Promise<void> | undefined;
  let failures = 0;

  async function tell(customers: readonly (readonly [string, CutNoticedBy])[]): Promise<number> {
    const found = await Promise.all(customers.map(([customerId, by]) => cutIn(store!, customerId, { by, at: now() })));
    const events = found.flatMap(({ event }) => (event === null ? [] : [toAppend(event)]));
    if (events.length > 0) {
      await tellCuts(store!, events);
      logger.warn(
        { customers: events.length },
        'histories of customers were cut in the event store: their rows are made anew of what is left',
      );
    }
    return found.filter(({ isCut }) => isCut).length;
  }

  async function tellAll(): Promise<void> {
    const pauseMs = gatherMs * 2 ** Math.min(failures, DOUBLINGS_MAX);
    await pause(pauseMs, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);
    while (met.size > 0 && !stopping.signal.aborted) {
      const some = [...met].slice(0, LOOKED_AT_ONCE);
      await tell(some.map(([customerId, { by }]) => [customerId, by]));
      for (const [customerId, one] of some) {
        told.set(customerId, one.first);
        // A customer who was met again meanwhile may have been cut further, so they stay for the
        // next round.
        if (met.get(customerId)?.first === one.first) met.delete(customerId);
      }
    }
  }

  function tellSoon(): void {
    if (store === undefined || stopping.signal.aborted || met.size === 0) return;
    telling ??= tellAll()
      .then(
        () => {
          failures = 0;
        },
        (error: unknown) => {
          failures++;
          logger.warn(
            { err: error },
            'a cut of the log could not be recorded yet; it is tried again, ever more seldom',
          );
        },
      )
      .finally(() => {
        telling = undefined;
        tellSoon();
      });
  }

  return {
    onCut(stream, by, first) {
      const customerId = customerOf(stream)!;
      if (told.peek(customerId) === first) return;
      met.set(customerId, { by, first });
      tellSoon();
    },
    look: async (customerId, by) => store !== undefined && (await tell([[customerId, by]])) > 0,
    attend(opened) {
      store = opened;
      tellSoon();
    },
    stop: async () => {
      stopping.abort();
      await telling;
    },
  };
}

/** The event to record if the cut is news, and whether anything is missing at all. */
async function cutIn(
  store: EventStore,
  customerId: string,
  noticed: { readonly by: CutNoticedBy; readonly at: number },
) {
  const cut = (await store.cutOf?.(customerStream(customerId))) ?? null;
  if (cut === null) return { isCut: false, event: null };
  const before = await toldCut(store, customerId);
  const isTold = before !== null && (cut.isErased ? before.isErased : before.upTo >= cut.upTo);
  // An age limit removes more of a history as time passes; once all of it is gone, further
  // removals are no news.
  const isAllGone = before !== null && before.from === null && cut.from === null && !cut.isErased;
  return { isCut: true, event: isTold || isAllGone ? null : historyCutEvent(customerId, cut, noticed) };
}
