import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ClickHouseServer, startClickHouseServer } from '../clickhouse-server/server.ts';
import { startSystem } from '../crash/system-process.ts';
import { type EventStoreDbServer, startEventStoreDbServer } from '../eventstoredb-server/server.ts';
import { sharedBroker } from '../kafka-broker/shared-broker.ts';
import { describeWith } from '../servers-here/describe-with.ts';

const describeWithKafka = await describeWith('kafka');

describeWithKafka('the start of the full stack', () => {
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-full-start-'));
  // A system that fails to start creates no topics, so the broker can be the one that all tests
  // share.
  let broker: Awaited<ReturnType<typeof sharedBroker>>;
  let eventStore: EventStoreDbServer;
  let clickhouse: ClickHouseServer;

  beforeAll(async () => {
    [broker, eventStore, clickhouse] = await Promise.all([
      sharedBroker(),
      startEventStoreDbServer(),
      startClickHouseServer(),
    ]);
  });
  afterAll(async () => {
    await Promise.all([broker?.release(), eventStore?.stop(), clickhouse?.stop()]);
    rmSync(folder, { recursive: true, force: true });
  });

  test('what cannot be reached or does not let us in is said at the start, by its name, without its password', async () => {
    const environment = {
      EVENT_STORE_URL: eventStore.url,
      CLICKHOUSE_URL: clickhouse.url,
      KAFKA_URL: `${broker.url}?partitions=4`,
      CLOCK: 'log',
      LOG_LEVEL: 'info',
    };
    const secret = 'not-the-password';
    const mistakes = {
      'ClickHouse at http://127.0.0.1:\\d+: somebody: Authentication failed': {
        CLICKHOUSE_URL: `http://somebody:${secret}@${clickhouse.address}`,
      },
      'Authentication|refused our name and password': {
        KAFKA_URL: broker.saslUrl.replace(/:[^:@]+@/, `:${secret}@`),
      },
      'KAFKA_URL[^]*partitions': { KAFKA_URL: `${broker.url}?partitions=none` },
    };
    for (const [message, wrong] of Object.entries(mistakes)) {
      const failure = await startSystem(folder, { ...environment, ...wrong }).catch((error: Error) => error);
      expect(failure).toBeInstanceOf(Error);
      expect((failure as Error).message).toMatch(new RegExp(message));
      expect((failure as Error).message).not.toContain(secret);
      expect((failure as Error).message).not.toMatch(/^\s+at /m);
    }
  });
});
