import {
  type EventStore,
  type EventToAppend,
  eventsOfPages,
  type StoredEvent,
  type SubscriptionItem,
} from '@touchstone/event-store';

/**
 * The log as a trial sees it: the real log up to a position, followed by the trial's own appends,
 * which are discarded with it.
 */
export interface TrialLog extends EventStore {
  /** Shows the real log up to here; never back, and not after the trial has appended. */
  extendTo(position: bigint): void;
}

/**
 * A projector and a clock over this log measure the real events and announce deadlines to the trial
 * only: nothing reaches the real log. Appended events get positions beyond the end of the visible
 * log.
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: the members of the port, in the order of the port.
export function trialLog(store: EventStore): TrialLog {
  let end = 0n;
  const own: StoredEvent[] = [];
  const ownByStream = new Map<string, StoredEvent[]>();
  const waiting = new Set<() => void>();
  const head = () => end + BigInt(own.length);
  const tell = () => {
    for (const go of waiting) go();
  };

  const appendedAfter = (position: bigint) => own.slice(position > end ? Number(position - end) : 0);

  /** Resolves when there is more to read, or when the reader is to stop. */
  function more(after: bigint, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const go = () => {
        waiting.delete(go);
        signal.removeEventListener('abort', go);
        resolve();
      };
      waiting.add(go);
      signal.addEventListener('abort', go, { once: true });
      if (signal.aborted || head() > after) go();
    });
  }

  async function* subscribe(options: Parameters<EventStore['subscribe']>[0]): AsyncGenerator<SubscriptionItem> {
    const { signal, pageSize = 10_000 } = options;
    let after = options.after ?? 0n;
    while (!signal.aborted) {
      if (after < end) {
        const shown = end;
        for await (const events of store.readAll({ after, upTo: shown, pageSize })) {
          if (signal.aborted) return;
          yield { kind: 'events', events };
        }
        after = shown;
      } else if (after < head()) {
        const events = appendedAfter(after).slice(0, pageSize);
        yield { kind: 'events', events };
        after += BigInt(events.length);
      } else {
        yield { kind: 'caughtUp', position: after };
        await more(after, signal);
      }
    }
  }

  async function* streamPages(...[stream, range = {}]: Parameters<EventStore['streamPages']>) {
    const { after = 0n, upTo = head() } = range;
    let toSkip = range.skip ?? 0;
    const left = (page: readonly StoredEvent[]) => {
      const beyond = page.slice(toSkip);
      toSkip -= page.length - beyond.length;
      return beyond;
    };
    for await (const page of store.streamPages(stream, { after, upTo: upTo < end ? upTo : end })) {
      const events = left(page);
      if (events.length > 0) yield events;
    }
    const appended = ownByStream.get(stream) ?? [];
    const events = left(appended.filter(({ position }) => position > after && position <= upTo));
    if (events.length > 0) yield events;
  }

  return {
    ...store,
    extendTo: (position) => {
      if (own.length > 0) throw new Error('the log of a trial cannot be extended after the trial has appended to it');
      if (position <= end) return;
      end = position;
      tell();
    },
    // Duplicates are harmless: rows are settled to the latest announcement.
    append: async (events: readonly EventToAppend[]) => {
      for (const event of events) {
        const stored = { ...event, position: head() + 1n, recordedAt: event.time };
        own.push(stored);
        const stream = ownByStream.get(event.stream);
        if (stream === undefined) ownByStream.set(event.stream, [stored]);
        else stream.push(stored);
      }
      tell();
      return { verdicts: events.map(() => 'accepted' as const), position: head() };
    },
    streamPages,
    readStream: (stream, range) => eventsOfPages(streamPages(stream, range)),
    subscribe,
    head: async () => head(),
    close: async () => undefined,
  };
}
