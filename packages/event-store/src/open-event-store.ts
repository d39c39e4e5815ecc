import type { OnDamaged } from './damaged-event.ts';
import type { OnCut } from './eventstoredb/cuts.ts';
import { type EventStore, EventStoreError } from './port.ts';

export interface OpenOptions {
  /**
   * Clock of an embedded log, ms since 1970; by default the time of day, as far as it can be
   * trusted. If given, the log is written on the caller's thread.
   */
  readonly now?: () => number;
  readonly onDamaged?: OnDamaged;
  /**
   * Called with the published streams whose beginning was found missing; only a server calls it.
   */
  readonly onCut?: OnCut;
  /** Called each time the server ended a subscription because its reader was too slow. */
  readonly onTooSlow?: () => void;
  /** Streams appended to concurrently; only for a server. */
  readonly appendsInFlight?: number | undefined;
}

/**
 * Open the event store that a URL names: `sqlite:path/to/file.db`, `esdb://host:2113?tls=false` or
 * `esdb+discover://host`. Each adapter's libraries are loaded only when that adapter is opened.
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
