import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@touchstone/client';
import { createLogger, readConfig } from '@touchstone/runtime';
import { type Running, startTouchstone } from '@touchstone/touchstone';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCommand } from './run-command.ts';

let folder: string;
let system: Running;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'touchstone-simulated-'));
  const config = readConfig({ PORT: '0', TOUCHSTONE_DATA: join(folder, 'data'), CLOCK: 'log' });
  system = await startTouchstone(config, createLogger({ level: 'error' }));
});
afterAll(async () => {
  await system?.stop();
  await rm(folder, { recursive: true, force: true });
});

it('a shop that is simulated into an empty system brings its definitions, so that what was delivered is completed', async () => {
  const shop = ['simulate', '--customers', '20', '--days', '90', '--from', '2025-01-01', '--json'];
  const { code, out } = await runCommand(shop, { TOUCHSTONE_URL: system.url, INIT_CWD: folder });
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ conflicts: 0, rejected: 0 });
  const client = createClient({ url: system.url });
  const { log: after } = (await client.get('/v1/position')) as { log: string };
  const delivered = async (status: string) => {
    const filter = { touchpoint: 'delivery.received', status, limit: 500 };
    return ((await client.get('/v1/journeys', filter, { after })) as { items: readonly unknown[] }).items.length;
  };
  expect(await delivered('completed')).toBeGreaterThan(0);
  expect(await delivered('abandoned')).toBe(0);
}, 300_000);
