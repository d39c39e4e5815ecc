import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKey } from '@touchstone/runtime';
import { expect, onTestFinished, test } from 'vitest';
import { projected, request, type SystemProcess, startSystem } from '../crash/system-process.ts';
import { momentEvent } from '../kafka-broker/sample.ts';
import { runCommand } from './run-command.ts';

/** Makes and restores backups the way an operator does. */

function folderForTest(): string {
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-backup-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function started(data: string, environment: Record<string, string> = {}): Promise<SystemProcess> {
  const system = await startSystem(data, environment);
  onTestFinished(system.kill);
  return system;
}

const BATCH = 200;
async function publish({ url }: SystemProcess, batch: number): Promise<void> {
  const events = Array.from({ length: BATCH }, (_, n) => momentEvent(batch * BATCH + n));
  const answer = await request<{ accepted: number }>(`${url}/v1/events`, events);
  expect(answer).toMatchObject({ accepted: BATCH });
}

/** Positions of a system that has projected everything. */
async function held(system: SystemProcess): Promise<{ stored: number; projectedEvents: number; accepted: number }> {
  await projected(system);
  return request(`${system.url}/v1/position`);
}

test('a running system is backed up while it takes events in, and the copy is the log as it was when the backup began', async () => {
  const folder = folderForTest();
  const system = await started(join(folder, 'data'));
  const copy = join(folder, 'copy.db');
  for (let batch = 0; batch < 3; batch++) await publish(system, batch);
  const environment = { TOUCHSTONE_URL: system.url, TOUCHSTONE_DATA: join(folder, 'elsewhere') };
  const backup = runCommand(['backup', copy], environment);
  for (let batch = 3; batch < 6; batch++) await publish(system, batch);
  expect(await backup).toMatchObject({
    code: 0,
    out: expect.stringMatching(/log of the system .* opened and checked/),
  });
  expect(await runCommand(['restore', copy, '--replace'], { TOUCHSTONE_DATA: join(folder, 'data') })).toMatchObject({
    code: 1,
    err: expect.stringContaining('already open in process'),
  });
  await system.kill();
  expect(await runCommand(['restore', copy], environment)).toMatchObject({ code: 0 });
  const restored = await started(join(folder, 'elsewhere'));
  const { stored, ...others } = await held(restored);
  expect(stored % BATCH).toBe(0);
  expect(stored).toBeGreaterThanOrEqual(3 * BATCH);
  expect(others).toMatchObject({ accepted: stored, projectedEvents: stored });
  // The backup holds all events acknowledged before it began, so publishing them again gives
  // duplicates.
  const again = Array.from({ length: BATCH }, (_, n) => momentEvent(2 * BATCH + n));
  expect(await request(`${restored.url}/v1/events`, again)).toMatchObject({ accepted: 0, duplicates: BATCH });
}, 600_000);

test('Ctrl-C while a backup comes in ends it at once, and nothing is left of it', async () => {
  const folder = folderForTest();
  const copy = join(folder, 'copy.db');
  // This server sends half of the file and never the rest.
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-length': 2_000_000, 'touchstone-position': '7' });
    response.write(Buffer.alloc(1_000_000));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  let onTheWay: readonly string[] = [];
  const ended = await runCommand(['backup', copy], { TOUCHSTONE_URL: `http://127.0.0.1:${port}` }, (told, stop) => {
    if (onTheWay.length > 0 || !told.includes('%')) return;
    onTheWay = readdirSync(folder);
    stop();
  });
  expect(onTheWay).toEqual(['copy.db.partial']);
  expect(ended).toMatchObject({ code: 130, out: '', err: expect.stringContaining('nothing is kept') });
  expect(readdirSync(folder)).toEqual([]);
}, 180_000);

test('after SIGKILL a copy of the stopped folder restores every acknowledged event, and the read model is filled from it', async () => {
  const folder = folderForTest();
  const data = join(folder, 'data');
  const copy = join(folder, 'copy.db');
  const system = await started(data);
  for (let batch = 0; batch < 3; batch++) await publish(system, batch);
  await system.kill();
  expect(statSync(join(data, 'events.db-wal')).size).toBeGreaterThan(0);

  const environment = { TOUCHSTONE_URL: system.url, TOUCHSTONE_DATA: data };
  expect(await runCommand(['backup', copy], environment)).toMatchObject({
    code: 0,
    out: expect.stringContaining('no system runs; the log'),
  });
  expect(await runCommand(['restore', copy, '--replace'], environment)).toMatchObject({ code: 0 });
  expect(existsSync(join(data, 'clickhouse'))).toBe(false);
  expect(readdirSync(data)).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^clickhouse\.before-restore-/),
      expect.stringMatching(/^events\.db\.before-restore-/),
    ]),
  );
  expect(await held(await started(data))).toMatchObject({
    accepted: 3 * BATCH,
    stored: 3 * BATCH,
    projectedEvents: 3 * BATCH,
  });
}, 600_000);

test('a backup needs a key that may do everything, and says so', async () => {
  const folder = folderForTest();
  const keys = (['admin', 'read'] as const).map((scope) => createKey({ name: scope, scopes: [scope] }));
  writeFileSync(join(folder, 'keys.json'), JSON.stringify(keys.map(({ entry }) => entry)));
  const system = await started(join(folder, 'data'), { TOUCHSTONE_KEYS: join(folder, 'keys.json') });
  const copied = (key: string, name: string) =>
    runCommand(['backup', join(folder, name)], { TOUCHSTONE_URL: system.url, TOUCHSTONE_KEY: key });
  const [admin, reader] = keys.map(({ secret }) => secret);
  expect(await copied(reader!, 'refused.db')).toMatchObject({ code: 1, err: expect.stringContaining('403 forbidden') });
  expect(await copied(admin!, 'copy.db')).toMatchObject({ code: 0 });
  expect(readdirSync(folder).filter((name) => name.includes('.db'))).toEqual(['copy.db']);
}, 600_000);

test.each(['backup', 'restore'])('where the log is in EventStoreDB, %s says what to use', async (command) => {
  const folder = folderForTest();
  // Nothing listens on port 9 of this machine.
  const environment = { TOUCHSTONE_URL: 'http://127.0.0.1:9', EVENT_STORE_URL: 'esdb://127.0.0.1:2113' };
  expect(await runCommand([command, join(folder, 'copy.db')], environment)).toMatchObject({
    code: 1,
    err: expect.stringContaining('use the backup of that server'),
  });
});
