import type { EventStore, StoredEvent } from '@touchstone/event-store';

/** For tests: a store that returns the events at the positions in `broken` as damaged. */
export function damaged(real: EventStore): { readonly store: EventStore; readonly broken: Set<bigint> } {
  const broken = new Set<bigint>();
  const seen = <Event extends StoredEvent>(event: Event): Event =>
    broken.has(event.position) ? Object.defineProperty(Object.create(event), 'body', { value: 'no JSON' }) : event;
  const store: EventStore = {
    ...real,
    readStream: async (...of) => (await real.readStream(...of)).map(seen),
    async *streamPages(...of) {
      for await (const page of real.streamPages(...of)) yield page.map(seen);
    },
    async *readAll(options) {
      for await (const page of real.readAll(options)) yield page.map(seen);
    },
    async *subscribe(options) {
      // Without `history`, because the damaged bodies made up here would not match any proof.
      for await (const item of real.subscribe({ ...options, history: undefined })) {
        yield item.kind === 'events' ? { ...item, events: item.events.map(seen) } : item;
      }
    },
  };
  return { store, broken };
}
