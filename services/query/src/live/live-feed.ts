import { setTimeout as pause } from 'node:timers/promises';
import { type EventStore, EventStoreError, proofOf, type StoredEvent } from '@touchstone/event-store';
import { CUSTOMER_STREAM, type MeasurementRules } from '@touchstone/journey';
import { type CustomerStates, customerStates } from './customer-states.ts';
import { paced } from './pace.ts';
import { type ShownEvent, shownEvent } from './shown-event.ts';

/** Characters of events that are held for streams that are a little behind. */
export const LIVE_HELD_MAX = 8 * 1024 * 1024;

/** Behind the log by more than this, ms, the feed leaves out what is in between. */
const LAG_MAX_MS = 5_000;
/** Events that are folded before they are shown: each may need a read of its customer's stream. */
const SHOWN_AT_ONCE = 50;
/** How long it waits for a log that is away, ms. */
const AGAIN_MS = 1_000;

/** A part of the log, one after the other: its events, or nothing where they were left out. */
export interface FeedPart {
  /** The part is (after, upTo]. */
  readonly after: bigint;
  readonly upTo: bigint;
  /** Null where they were left out. */
  readonly events: readonly ShownEvent[] | null;
  /** All texts, for the streams that want every event. */
  readonly text: string;
}

/** The newest part of the log, read and folded once for all streams. */
export interface LiveFeed {
  /** The position after which `parts` hold everything; it grows as old parts are dropped. */
  heldAfter(): bigint;
  /** The position up to which everything is in `parts`. */
  upTo(): bigint;
  /** Parts are numbered from 0; undefined for one that was dropped, or has not come. */
  part(number: number): FeedPart | undefined;
  /** The number of the first part with something after a position. */
  firstAfter(position: bigint): number;
  /** The number of the next part to come. */
  next(): number;
  /** Resolves with the next part, or after some ms, or when the signal aborts. */
  news(signal: AbortSignal, ms: number): Promise<void>;
  /** Aborts when the log turns out to be another: streams are to end. */
  readonly ended: AbortSignal;
}

export interface LiveFeedOptions {
  readonly store: EventStore;
  readonly measures: () => MeasurementRules;
  /** For tests. */
  readonly heldMax?: number | undefined;
}

/** Follows the log from its head on until `signal` aborts. */
export async function startLiveFeed(options: LiveFeedOptions, signal: AbortSignal): Promise<LiveFeed> {
  const { store, measures } = options;
  const head = await store.head();
  const held = heldParts(head, options.heldMax);
  const states = customerStates(store, measures, head);
  const ending = new AbortController();
  void followLog({ store, states, held, signal, onEnded: () => ending.abort() });
  return { ...held, ended: ending.signal };
}

type HeldParts = ReturnType<typeof heldParts>;

function heldParts(head: bigint, heldMax = LIVE_HELD_MAX) {
  let parts: FeedPart[] = [];
  let dropped = 0;
  let length = 0;
  let heldAfter = head;
  let upTo = head;
  const waiting = new Set<() => void>();
  return {
    heldAfter: () => heldAfter,
    upTo: () => upTo,
    part: (number: number) => parts[number - dropped],
    firstAfter(position: bigint) {
      const index = parts.findIndex((part) => part.upTo > position);
      return dropped + (index === -1 ? parts.length : index);
    },
    next: () => dropped + parts.length,
    add(part: FeedPart): void {
      parts.push(part);
      length += part.text.length;
      upTo = part.upTo;
      let index = 0;
      for (; length > heldMax && index < parts.length - 1; index++) {
        length -= parts[index]!.text.length;
        heldAfter = parts[index]!.upTo;
      }
      if (index > 0) parts = parts.slice(index);
      dropped += index;
      for (const wake of waiting) wake();
      waiting.clear();
    },
    news(signal: AbortSignal, ms: number): Promise<void> {
      return new Promise((resolve) => {
        const wake = () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', wake);
          waiting.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, ms);
        signal.addEventListener('abort', wake);
        waiting.add(wake);
        if (signal.aborted) wake();
      });
    },
  };
}

interface Following {
  readonly store: EventStore;
  readonly states: CustomerStates;
  readonly held: HeldParts;
  readonly signal: AbortSignal;
  readonly onEnded: () => void;
}

async function followLog(following: Following): Promise<void> {
  const { signal, onEnded } = following;
  const place: Place = { after: following.held.upTo(), history: undefined };
  while (!signal.aborted) {
    try {
      await followFrom(place, following);
    } catch (error) {
      if (error instanceof EventStoreError && error.code === 'diverged') return onEnded();
      await pause(AGAIN_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }
}

interface Place {
  after: bigint;
  /** Proof of the last event shown, so that a log that was put back is noticed. */
  history: string | undefined;
}

/** Shows the log until it is too far behind; leaves out what is in between, and returns. */
async function followFrom(place: Place, { store, states, held, signal }: Following): Promise<void> {
  const inPace = paced();
  const { after, history } = place;
  for await (const item of store.subscribe({
    after,
    history,
    streamPrefix: CUSTOMER_STREAM,
    pageSize: SHOWN_AT_ONCE,
    signal,
  })) {
    if (item.kind === 'caughtUp') continue;
    await inPace(async () => {
      const events = await shownEvents(states, item.events);
      const last = item.events.at(-1)!;
      held.add(partOf(place.after, last.position, events));
      place.after = last.position;
      place.history = proofOf(last);
    });
    if (((await store.lastRecordedAt()) ?? 0) - item.events.at(-1)!.recordedAt <= LAG_MAX_MS) continue;
    const head = await store.head();
    held.add({ after: place.after, upTo: head, events: null, text: '' });
    states.jumpTo(head);
    place.after = head;
    return;
  }
}

export async function shownEvents(states: CustomerStates, stored: readonly StoredEvent[]): Promise<ShownEvent[]> {
  const shown: ShownEvent[] = [];
  for (const event of stored) {
    const customerId = event.stream.slice(CUSTOMER_STREAM.length);
    shown.push(shownEvent(customerId, event, await states.take(customerId, event)));
  }
  return shown;
}

function partOf(after: bigint, upTo: bigint, events: readonly ShownEvent[]): FeedPart {
  return { after, upTo, events, text: events.map(({ text }) => text).join('') };
}
