import type { EventStore, EventToAppend, StoredEvent } from '@touchstone/event-store';
import { formatInstant } from '@touchstone/journey';
import type { AcceptDeps } from './accept-events.ts';
import type { Refusal } from './decide-event.ts';

/**
 * Those of the events whose time lies too far ahead, each with the reason: one publisher's clock must not age a customer, or with `CLOCK=log`
 * everybody. What the store holds already is not among them: it stays the duplicate, or the conflict, that it is.
 */
export async function timesToCome(
  { store, latestTime }: AcceptDeps,
  events: readonly EventToAppend[],
): Promise<ReadonlyMap<EventToAppend, Refusal>> {
  const latest = latestTime?.() ?? null;
  if (latest === null) return NONE;
  const ahead = events.filter(({ time }) => time > latest);
  if (ahead.length === 0) return NONE;
  const isStored = await storedOf(store, ahead);
  return new Map(ahead.filter((event) => !isStored.has(identityOf(event))).map((event) => [event, refusal(latest)]));
}

const NONE: ReadonlyMap<EventToAppend, Refusal> = new Map();

function refusal(latest: number): Refusal {
  const message = `is later than ${formatInstant(latest)}, the latest that is taken now: is the clock right that gave it?`;
  return { code: 'time_in_future', errors: [{ path: 'time', message }] };
}

/** The identities among these that are stored. Such events are few, so their streams are read. */
async function storedOf(store: EventStore, events: readonly EventToAppend[]): Promise<ReadonlySet<string>> {
  const sought = new Set(events.map(identityOf));
  const stored = new Set<string>();
  for (const stream of new Set(events.map((event) => event.stream))) {
    for await (const page of store.streamPages(stream)) {
      for (const event of page) {
        const identity = identityOfStored(event);
        if (sought.has(identity)) stored.add(identity);
      }
    }
  }
  return stored;
}

function identityOf({ stream, source, id }: Pick<EventToAppend, 'stream' | 'source' | 'id'>): string {
  return JSON.stringify([stream, source, id]);
}

/** A body that is damaged tells no identity, and must not keep others from being decided. */
function identityOfStored(event: StoredEvent): string {
  try {
    return identityOf(event);
  } catch {
    return '';
  }
}
