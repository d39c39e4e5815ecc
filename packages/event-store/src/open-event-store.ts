import type { OnDamaged } from './damaged-event.ts';
import type { OnCut } from './eventstoredb/cuts.ts';
import { type EventStore, EventStoreError } from './port.ts';

export interface OpenOptions {
  /** ms since 1970, of an embedded log alone; by default the time of day, as far as it can be trusted. With it the log is written on the caller's thread. */
  readonly now?: () => number;
  readonly onDamaged?: OnDamaged;
  /** Told of published streams whose beginning was found missing; of a server alone. */
  readonly onCut?: OnCut;
  /** Told each time that a server ended a subscription because we were slow. */
  readonly onTooSlow?: () => void;
  /** Streams appended to at the same time, of a server alone. */
  readonly appendsInFlight?: number | undefined;
}

/**
 * Open the event store that a URL names: `sqlite:path/to/file.db`, `esdb://host:2113?tls=false` or `esdb+discover://host`. What only one of
 * them needs is loaded only when it is opened.
 */
export async function openEventStore(
  url: string,
  { now, onDamaged, onTooSlow, onCut, appendsInFlight }: OpenOptions = {},
): Promise<EventStore> {
  const scheme = /^([a-z+]+):/i.exec(url)?.[1]?.toLowerCase();
  if (scheme === 'esdb' || scheme === 'esdb+discover') {
    const { eventStoreDbEventStore } = await import('./eventstoredb/eventstoredb-event-store.ts');
    return eventStoreDbEventStore({ url, onDamaged, onTooSlow, onCut, appendsInFlight });
  }
  if (scheme === 'sqlite' && now !== undefined) {
    const { sqliteEventStore } = await import('./sqlite/sqlite-event-store.ts');
    return sqliteEventStore({ file: url.slice('sqlite:'.length), now, onDamaged });
  }
  if (scheme === 'sqlite') {
    const { sqliteEventStoreOnThread } = await import('./sqlite/thread/log-on-thread.ts');
    return sqliteEventStoreOnThread({ file: url.slice('sqlite:'.length), onDamaged });
  }
  throw new EventStoreError(
    'refused',
    `EVENT_STORE_URL must begin with sqlite:, esdb:// or esdb+discover://, and begins with ${JSON.stringify(scheme ?? '')}`,
  );
}
