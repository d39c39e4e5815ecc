import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHttpServer, createKey, createLogger, type Key, type Keys, readKeys } from '@touchstone/runtime';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { startTestSystem, type TestSystem } from '../../testing/start-test-system.ts';
import { queryRoutes } from '../query-routes.ts';

const reader = createKey({ name: 'reader', scopes: ['read'] });
const other = createKey({ name: 'other', scopes: ['read'] });
const folder = mkdtempSync(join(tmpdir(), 'touchstone-keys-'));
const file = join(folder, 'keys.json');
let system: TestSystem;
let app: Awaited<ReturnType<typeof createHttpServer>>;
let keys: Keys;
let url: string;

function inForce(...entries: readonly Key[]): void {
  writeFileSync(file, JSON.stringify(entries));
  keys?.reload();
}

beforeAll(async () => {
  system = await startTestSystem([]);
  inForce(reader.entry, other.entry);
  keys = readKeys(file);
  app = await createHttpServer({ logger: createLogger({ level: 'silent' }), keys });
  await app.register(queryRoutes, { ...system.deps, keys });
  url = await app.listen({ host: '127.0.0.1', port: 0 });
});
beforeEach(() => inForce(reader.entry, other.entry));
afterAll(async () => {
  await app?.close();
  await system?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Opens a stream and reads its first text; `ended` resolves when the server ends it. */
async function openLive(headers: Record<string, string>) {
  const answer = await fetch(`${url}/v1/live`, { headers });
  if (!answer.ok) return { status: answer.status };
  const texts = answer.body!.getReader();
  await texts.read();
  let isOpen = true;
  const ended = (async () => {
    while (!(await texts.read()).done);
    isOpen = false;
  })();
  return { status: answer.status, ended, isOpen: () => isOpen, stop: () => texts.cancel() };
}
const byHeader = (secret: string) => ({ authorization: `Bearer ${secret}` });
const bySession = (secret: string) => ({ cookie: `touchstone-session=${secret}`, 'sec-fetch-site': 'same-origin' });

it.each([
  ['is removed', [], 401],
  ['gets another secret', [createKey({ name: 'reader', scopes: ['read'] }).entry], 401],
  ['may only publish', [{ ...reader.entry, scopes: ['publish' as const] }], 403],
])(
  'a stream ends as soon as its key %s, whether it came in a header or in a cookie, and does not open again',
  async (_, now, status) => {
    const streams = [await openLive(byHeader(reader.secret)), await openLive(bySession(reader.secret))];
    const untouched = await openLive(byHeader(other.secret));
    inForce(other.entry, ...now);
    await Promise.all(streams.map(({ ended }) => ended));
    expect(untouched.isOpen?.()).toBe(true);
    expect((await openLive(byHeader(reader.secret))).status).toBe(status);
    expect((await openLive(bySession(reader.secret))).status).toBe(status);
    await untouched.stop?.();
  },
);

it('a stream goes on while the keys are read again and its own is as it was', async () => {
  const stream = await openLive(byHeader(reader.secret));
  inForce({ ...reader.entry, scopes: ['publish', 'read'] });
  inForce(reader.entry);
  expect((await openLive(byHeader(other.secret))).status).toBe(401);
  expect(stream.isOpen?.()).toBe(true);
  await stream.stop?.();
});
