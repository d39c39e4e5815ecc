import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  identitiesHeldTwice,
  type LogDifference,
  NOTHING_READ,
  openIdentitiesOnDisk,
  openLogReader,
  PARTS,
  verifyLog,
} from '@touchstone/event-store';
import { expect, it, onTestFinished } from 'vitest';
import { createLog } from '../eventstoredb-server/log.ts';
import { event, givenServer, givenStore } from './eventstoredb-stores.ts';

it('a log on a server holds, and a record that is damaged there is named with its position', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-verify-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  let server = await givenServer();
  const store = await givenStore(server);
  const events = Array.from({ length: 300 }, (_, n) => event(`customer-${n % 7}`, `${n}`));
  for (let at = 0; at < events.length; at += 50) await store.append(events.slice(at, at + 50));
  await store.append([event('definitions', 'one'), ...events.slice(0, 10)]);
  let upTo = 0n;

  async function differences() {
    const reader = await openLogReader(server.url);
    const found: LogDifference[] = [];
    try {
      upTo = await reader.head();
      const identities = openIdentitiesOnDisk(folder);
      const onDifference = (difference: LogDifference) => void found.push(difference);
      const options = { reader, from: NOTHING_READ, upTo, identities, onDifference, onPage: () => undefined };
      expect(await verifyLog(options)).toBe(true);
      for (let part = 0; part < PARTS; part++) {
        for await (const difference of identitiesHeldTwice(reader, identities, part)) found.push(difference);
      }
    } finally {
      await reader.close();
    }
    return found;
  }
  expect(await differences()).toEqual([]);
  const record = server.log.records.find(({ stream, revision }) => stream === 'customer-3' && revision === 4)!;
  const data = Buffer.from(Buffer.from(record.data).toString().replace('order', 'ordre'));
  const records = server.log.records.map((one) => (one === record ? { ...record, data } : one));
  server = await givenServer({ log: createLog(Date.now, records) });
  expect(await differences()).toEqual([
    expect.objectContaining({ position: BigInt(record.position), stream: 'customer-3', field: 'event' }),
  ]);
});
