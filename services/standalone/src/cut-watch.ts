import { setTimeout as pause } from 'node:timers/promises';
import { toAppend } from '@touchstone/clock';
import { toldCut } from '@touchstone/customer-folds';
import type { EventStore, OnCut } from '@touchstone/event-store';
import { type CutNoticedBy, historyCutEvent } from '@touchstone/journey';
import { CUSTOMER_STREAM } from '@touchstone/projector';
import type { Logger } from '@touchstone/runtime';

/** Customers whose history somebody cut in the event store, told in the log so that every read model follows. */
export interface CutWatch {
  /** For the store: whoever reads or appends meets them. */
  readonly onCut: OnCut;
  /** Look at this customer now. True where something is missing, whether that was told before or not. */
  look(customerId: string, by: CutNoticedBy): Promise<boolean>;
  /** From now on what is met is told. */
  attend(store: EventStore): void;
  stop(): Promise<void>;
}

/** What is met within this time is told together: rows of all of them are made anew at once. */
const GATHER_MS = 1_000;
/** Customers looked at at once. */
const LOOKED_AT_ONCE = 100;
/** Customers of whom is remembered what was told of them. */
const REMEMBERED = 50_000;

/** A customer who was cut, as somebody met them. */
interface Met {
  readonly by: CutNoticedBy;
  /** The first revision that was left; -1 where none is known. */
  readonly first: number;
}

export function watchCuts(logger: Logger, now: () => number = Date.now): CutWatch {
  const stopping = new AbortController();
  const met = new Map<string, Met>();
  /** The first revision that was left when it was told. */
  const told = new Map<string, number>();
  let store: EventStore | undefined;
  let telling: Promise<void> | undefined;

  /** The fact, if it is news; and whether anything is missing at all. */
  async function find(customerId: string, by: CutNoticedBy) {
    const cut = (await store?.cutOf?.(CUSTOMER_STREAM + customerId)) ?? null;
    if (cut === null) return { isCut: false, event: null };
    const before = await toldCut(store!, customerId);
    const isTold = before !== null && (before.isErased || (before.upTo >= cut.upTo && !cut.isErased));
    // What a limit takes with time is missing up to now, whenever that is asked.
    const isAllGone = before !== null && before.from === null && cut.from === null && !cut.isErased;
    const isNews = !isTold && !isAllGone;
    return { isCut: true, event: isNews ? historyCutEvent(customerId, cut, { by, at: now() }) : null };
  }

  async function tell(customers: readonly (readonly [string, CutNoticedBy])[]): Promise<number> {
    const found = await Promise.all(customers.map(([customerId, by]) => find(customerId, by)));
    const events = found.flatMap(({ event }) => (event === null ? [] : [toAppend(event)]));
    if (events.length > 0) {
      await store!.append(events);
      logger.warn(
        { customers: events.length },
        'histories of customers were cut in the event store: their rows are made anew of what is left',
      );
    }
    return found.filter(({ isCut }) => isCut).length;
  }

  function remember(customerId: string, first: number): void {
    told.delete(customerId);
    told.set(customerId, first);
    if (told.size > REMEMBERED) told.delete(told.keys().next().value!);
  }

  async function tellAll(): Promise<void> {
    await pause(GATHER_MS, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);
    while (met.size > 0 && !stopping.signal.aborted) {
      const some = [...met].slice(0, LOOKED_AT_ONCE);
      await tell(some.map(([customerId, { by }]) => [customerId, by]));
      for (const [customerId, one] of some) {
        remember(customerId, one.first);
        // Who was met once more meanwhile may have been cut further.
        if (met.get(customerId)?.first === one.first) met.delete(customerId);
      }
    }
  }

  function tellSoon(): void {
    if (store === undefined || stopping.signal.aborted || met.size === 0) return;
    telling ??= tellAll()
      .catch((error: unknown) =>
        logger.warn({ err: error }, 'a cut of the log was not told; it is when it is met again'),
      )
      .finally(() => {
        telling = undefined;
        tellSoon();
      });
  }

  return {
    onCut(stream, by, first) {
      const customerId = stream.slice(CUSTOMER_STREAM.length);
      if (told.get(customerId) === first) return;
      met.set(customerId, { by, first });
      tellSoon();
    },
    look: async (customerId, by) => (await tell([[customerId, by]])) > 0,
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
