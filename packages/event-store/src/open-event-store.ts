import { type EventStore, EventStoreError } from './port.ts';

/**
 * Open the event store that a URL names: `sqlite:path/to/file.db`, `esdb://host:2113?tls=false` or `esdb+discover://host`. What only one of
 * them needs is loaded only when it is opened.
 */
export async function openEventStore(url: string): Promise<EventStore> {
  const scheme = /^([a-z+]+):/i.exec(url)?.[1]?.toLowerCase();
  if (scheme === 'esdb' || scheme === 'esdb+discover') {
    const { eventStoreDbEventStore } = await import('./eventstoredb-event-store.ts');
    return eventStoreDbEventStore({ url });
  }
  if (scheme === 'sqlite') {
    const { sqliteEventStoreOnThread } = await import('./sqlite-on-thread.ts');
    return sqliteEventStoreOnThread({ file: url.slice('sqlite:'.length) });
  }
  throw new EventStoreError(
    'refused',
    `EVENT_STORE_URL must begin with sqlite:, esdb:// or esdb+discover://, and begins with ${JSON.stringify(scheme ?? '')}`,
  );
}
