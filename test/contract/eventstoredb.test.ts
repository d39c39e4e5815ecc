import { randomUUID } from 'node:crypto';
import { type EventStorePlace, eventStoreContract } from '@touchstone/event-store/contract';
import { eventStoreDbEventStore } from '@touchstone/event-store/eventstoredb';
import { describe, it } from 'vitest';
import { createLog } from '../eventstoredb-server/log.ts';
import { startEventStoreDbServer } from '../eventstoredb-server/server.ts';

const MAX_APPEND_BYTES = 4 * 1024 * 1024;

/** Starts a wire-level server for each test; the store is opened on it by URL like any other. */
function onServerOf(version: string): () => Promise<EventStorePlace> {
  return async () => {
    let ahead = 0;
    let stamps = 0;
    // Stamps each event a moment later than the one before, also within one append.
    const now = () => Date.now() + ahead + stamps++;
    let server = await startEventStoreDbServer({ version, maxAppendBytes: MAX_APPEND_BYTES, now });
    const warn = (): void => {};
    const clockSkewMaxMs = Number.POSITIVE_INFINITY;
    return {
      open: () => eventStoreDbEventStore({ url: server.url, maxAppendBytes: MAX_APPEND_BYTES, clockSkewMaxMs, warn }),
      stepBy: (ms) => {
        ahead += ms;
      },
      backup: async () => {
        const records = [...server.log.records];
        const { port } = server;
        return async () => {
          await server.stop();
          server = await startEventStoreDbServer({
            version,
            maxAppendBytes: MAX_APPEND_BYTES,
            now,
            port,
            log: createLog(now, records),
          });
        };
      },
      destroy: () => server.stop(),
    };
  };
}

eventStoreContract('EventStoreDB 24.10, at the level of the wire,', onServerOf('24.10.0'));
eventStoreContract('EventStoreDB 22.10, which does not say when a reader has caught up,', onServerOf('22.10.5'));

const url = process.env.EVENT_STORE_URL;
if (url?.startsWith('esdb')) {
  // A real server cannot be emptied, so each test uses a namespace of its own there.
  eventStoreContract('EventStoreDB at EVENT_STORE_URL', () => {
    const namespace = `test-${randomUUID()}.`;
    return {
      open: () => eventStoreDbEventStore({ url, namespace, ...maxAppendBytes() }),
      destroy: async () => {},
    };
  });
} else {
  describe('EventStoreDB at EVENT_STORE_URL', () => {
    it.skip('keeps the contract: skipped, because EVENT_STORE_URL does not name a server (esdb://…)', () => {});
  });
}

/**
 * `EVENT_STORE_MAX_APPEND_BYTES` gives the server's setting, if it is not the 1 MiB of versions up
 * to 25.0.
 */
function maxAppendBytes(): { maxAppendBytes?: number } {
  const given = process.env.EVENT_STORE_MAX_APPEND_BYTES;
  return given === undefined ? {} : { maxAppendBytes: Number(given) };
}
