import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHttpServer, createKey, createLogger, type Key, type Keys, readKeys } from '@touchstone/runtime';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestSystem, type TestSystem } from '../../testing/start-test-system.ts';
import { queryRoutes } from '../query-routes.ts';

const SETTINGS = [
  { name: 'KAFKA_URL', value: 'kafka://***@kafka:9092' },
  { name: 'PORT', value: null },
];
const OWN = { host: 'journeys.example.com', origin: 'https://journeys.example.com' };

const made = {
  reader: createKey({ name: 'reader', scopes: ['read'] }),
  admin: createKey({ name: 'admin', scopes: ['admin'] }),
  shop: createKey({ name: 'shop', scopes: ['publish'], sources: ['/shop'] }),
};
const file = join(mkdtempSync(join(tmpdir(), 'touchstone-keys-')), 'keys.json');
let system: TestSystem;
let app: Awaited<ReturnType<typeof createHttpServer>>;
let open: Awaited<ReturnType<typeof createHttpServer>>;
let keys: Keys;

function inForce(...entries: readonly Key[]): void {
  writeFileSync(file, JSON.stringify(entries));
  keys?.reload();
}

async function served(given: Keys | undefined) {
  const server = await createHttpServer({ logger: createLogger({ level: 'silent' }), keys: given, rateLimit: 1000 });
  await server.register(queryRoutes, { ...system.deps, keys: given, settings: SETTINGS });
  return server;
}

beforeAll(async () => {
  system = await startTestSystem([]);
  inForce(made.reader.entry, made.admin.entry, made.shop.entry);
  keys = readKeys(file);
  app = await served(keys);
  open = await served(undefined);
});
beforeEach(() => inForce(made.reader.entry, made.admin.entry, made.shop.entry));
afterAll(async () => {
  await app?.close();
  await open?.close();
  await system?.stop();
});

const signIn = (key: string, headers: Record<string, string> = OWN) =>
  app.inject({ method: 'POST', url: '/v1/session', headers, payload: { key } });

async function cookieOf(key: string): Promise<string> {
  const [cookie] = (await signIn(key)).cookies;
  return `${cookie!.name}=${cookie!.value}`;
}

describe('a session', () => {
  it('is a cookie that no script reads and no other site makes the browser send, over TLS where the page came so', async () => {
    const answer = await signIn(made.reader.secret);
    expect(answer.json()).toEqual({ needsKey: true, name: 'reader', scopes: ['read'] });
    const header = String(answer.headers['set-cookie']);
    expect(header).toMatch(/; HttpOnly/);
    expect(header).toMatch(/; SameSite=Strict/);
    expect(header).toMatch(/; Path=\/(?:;|$)/);
    expect(header).not.toMatch(/Max-Age|Expires/);
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it('may do what its key may, and no more', async () => {
    const cookie = await cookieOf(made.reader.secret);
    const asked = (url: string) => app.inject({ url, headers: { ...OWN, cookie } });
    expect((await asked('/v1/position')).statusCode).toBe(200);
    expect((await asked('/v1/me')).json()).toEqual({ needsKey: true, name: 'reader', scopes: ['read'] });
    expect((await asked('/v1/keys')).json()).toMatchObject({ code: 'forbidden' });
  });

  it('ends with its key: the next answer asks to sign in again, and nothing else is told', async () => {
    const cookie = await cookieOf(made.reader.secret);
    inForce(made.admin.entry);
    const answer = await app.inject({ url: '/v1/position', headers: { ...OWN, cookie } });
    expect(answer.json()).toMatchObject({
      status: 401,
      code: 'unknown_key',
      detail: expect.stringMatching(/sign in again/),
    });
    const me = await app.inject({ url: '/v1/me', headers: { ...OWN, cookie } });
    expect(me.json()).toEqual({ needsKey: true, name: null, scopes: [] });
  });

  it('ends when its user signs out', async () => {
    const cookie = await cookieOf(made.reader.secret);
    const answer = await app.inject({ method: 'DELETE', url: '/v1/session', headers: { ...OWN, cookie } });
    expect(String(answer.headers['set-cookie'])).toMatch(/^touchstone-session=;.*Max-Age=0/);
  });

  it('is not given for an unknown key, and that says no more than that', async () => {
    const answer = await signIn('tsk_guessed');
    expect(answer.json()).toMatchObject({ status: 401, code: 'unknown_key' });
    expect(answer.headers['set-cookie']).toBeUndefined();
  });

  it.each([
    ['a write of another site', 'POST', { origin: 'https://evil.example' }],
    ['a write of another port of this host', 'POST', { origin: 'https://journeys.example.com:8443' }],
    ['a write of a page without a name', 'POST', { origin: 'null' }],
    ['a write that says not from where', 'POST', {}],
    ['a question of another site', 'GET', { origin: 'https://evil.example' }],
    [
      'a script, picture or frame of another site',
      'GET',
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'script' },
    ],
    ['a subdomain', 'GET', { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors' }],
  ] as const)('does not serve %s', async (_, method, from) => {
    const cookie = await cookieOf(made.admin.secret);
    const url = method === 'GET' ? '/v1/position' : '/v1/rebuild';
    const answer = await app.inject({ method, url, headers: { host: OWN.host, cookie, ...from } });
    expect(answer.json()).toMatchObject({ status: 403, code: 'cross_origin' });
  });

  it('is not opened or closed by the page of another site', async () => {
    const from = { host: OWN.host, origin: 'https://evil.example' };
    expect((await signIn(made.reader.secret, from)).statusCode).toBe(403);
    const answer = await app.inject({ method: 'DELETE', url: '/v1/session', headers: from });
    expect(answer.statusCode).toBe(403);
  });

  it('yields to a key in the header', async () => {
    const cookie = await cookieOf(made.reader.secret);
    const headers = { ...OWN, cookie, authorization: `Bearer ${made.admin.secret}` };
    expect((await app.inject({ url: '/v1/me', headers })).json()).toMatchObject({ name: 'admin' });
  });
});

it('who asks without a key learns that one is needed; without keys, that none is', async () => {
  expect((await app.inject({ url: '/v1/me', headers: OWN })).json()).toEqual({
    needsKey: true,
    name: null,
    scopes: [],
  });
  const everything = { needsKey: false, name: null, scopes: ['publish', 'read', 'admin'] };
  const host = { host: 'localhost' };
  expect((await open.inject({ url: '/v1/me', headers: host })).json()).toEqual(everything);
  const traded = await open.inject({ method: 'POST', url: '/v1/session', headers: host, payload: { key: 'any' } });
  expect([traded.json(), traded.headers['set-cookie']]).toEqual([everything, undefined]);
});

it('keys are listed without their secrets and hashes, and settings as they were given', async () => {
  const headers = { authorization: `Bearer ${made.admin.secret}` };
  const listed = await app.inject({ url: '/v1/keys', headers });
  expect(listed.json()).toEqual({
    items: [
      { name: 'reader', scopes: ['read'], sources: null },
      { name: 'admin', scopes: ['admin'], sources: null },
      { name: 'shop', scopes: ['publish'], sources: ['/shop'] },
    ],
  });
  expect((await app.inject({ url: '/v1/configuration', headers })).json()).toEqual({ items: SETTINGS });
});
