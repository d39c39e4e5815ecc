import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHttpServer, createKey, createLogger, readKeys } from '@touchstone/runtime';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestSystem, type TestSystem } from '../testing/start-test-system.ts';
import { describeApi } from './description/describe-api.ts';
import { queryRoutes } from './query-routes.ts';

const BASE = '/touchstone';
const folder = mkdtempSync(join(tmpdir(), 'touchstone-keys-'));
const made = createKey({ name: 'reader', scopes: ['read'] });
let system: TestSystem;
let app: Awaited<ReturnType<typeof createHttpServer>>;

beforeAll(async () => {
  system = await startTestSystem([]);
  const file = join(folder, 'keys.json');
  writeFileSync(file, JSON.stringify([made.entry]));
  const keys = readKeys(file);
  const logger = createLogger({ level: 'silent' });
  app = await createHttpServer({ logger, keys, basePath: BASE, describe: describeApi });
  await app.register(queryRoutes, { ...system.deps, keys });
});
afterAll(async () => {
  await app?.close();
  await system?.stop();
  rmSync(folder, { recursive: true, force: true });
});

it('no route becomes public by the prefix: without a key each answers as it does without the prefix', async () => {
  const refused: string[] = [];
  for (const { method, url: path } of system.routes) {
    if (method === 'HEAD') continue;
    const url = path.replaceAll(/:\w+/g, 'x');
    const asked = { method: method as 'GET', ...(method === 'GET' ? {} : { payload: {} }) };
    const plain = await app.inject({ ...asked, url });
    const prefixed = await app.inject({ ...asked, url: BASE + url });
    expect({ url, status: prefixed.statusCode }).toEqual({ url, status: plain.statusCode });
    if (plain.statusCode !== 401) continue;
    expect(prefixed.body).toBe(plain.body);
    refused.push(url);
    // However the prefix is written, what is found below it asks for a key.
    for (const odd of [`${BASE}/${url}`, `${BASE}${BASE}${url}`, `/%74ouchstone${url}`, `${BASE}/.${url}`])
      expect([401, 404], odd).toContain((await app.inject({ ...asked, url: odd })).statusCode);
  }
  expect(refused.length).toBeGreaterThan(60);
});

it('the session is a cookie of the path', async () => {
  const headers = { host: 'example.org', origin: 'https://example.org' };
  const payload = { key: made.secret };
  const { cookies } = await app.inject({ method: 'POST', url: `${BASE}/v1/session`, headers, payload });
  expect(cookies).toEqual([expect.objectContaining({ name: 'touchstone-session', path: BASE, httpOnly: true })]);
  const ended = await app.inject({ method: 'DELETE', url: `${BASE}/v1/session`, headers });
  expect(ended.cookies).toEqual([expect.objectContaining({ path: BASE, maxAge: 0 })]);
});

it('the description names the path as its server, and the page of the API loads its files below it', async () => {
  expect((await app.inject(`${BASE}/openapi.json`)).json().servers).toEqual([{ url: BASE }]);
  const { body } = await app.inject(`${BASE}/docs`);
  const files = [...body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => file!);
  expect(files.length).toBeGreaterThan(5);
  for (const file of files) {
    expect(file).toMatch(/^\/touchstone\/docs\/static\//);
    expect((await app.inject(file)).statusCode).toBe(200);
  }
  const moved = await app.inject(`${BASE}/docs/static/index.html`);
  expect(moved.headers.location).toBe(`${BASE}/docs/`);
});
