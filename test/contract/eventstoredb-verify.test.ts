import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLogReader } from '@touchstone/event-store';
import { logDifferences } from '@touchstone/event-store/testing/log-differences';
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

  const differences = async () => logDifferences(await openLogReader(server.url), folder);
  expect(await differences()).toEqual([]);
  const record = server.log.records.find(({ stream, revision }) => stream === 'customer-3' && revision === 4)!;
  const data = Buffer.from(Buffer.from(record.data).toString().replace('order', 'ordre'));
  const records = server.log.records.map((one) => (one === record ? { ...record, data } : one));
  server = await givenServer({ log: createLog(Date.now, records) });
  expect(await differences()).toEqual([
    expect.objectContaining({ position: BigInt(record.position), stream: 'customer-3', field: 'event' }),
  ]);
});
