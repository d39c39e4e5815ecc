import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Definition } from '@touchstone/journey';
import { sharedLinks } from '@touchstone/operations';
import { createHttpServer, createKey, createLogger, readKeys, readShareSecret } from '@touchstone/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestSystem, type TestEvent, type TestSystem } from '../../testing/start-test-system.ts';
import type { QueryDeps } from '../deps.ts';
import { queryRoutes } from '../query-routes.ts';
import { SHARED_PAGES_MAX } from './share-routes.ts';

const definition: Definition = {
  type: 'order',
  title: 'Online order <b>"1" & 2</b>',
  steps: ['order.placed', 'payment.approved', 'fraud.checked', 'parcel.shipped'],
  touchpoints: {
    'order.placed': { title: 'Checkout' },
    'payment.approved': { title: 'Payment', critical: true },
    'parcel.shipped': { title: 'Dispatch' },
  },
  expects: [{ after: 'order.placed', touchpoint: 'parcel.shipped', withinMs: 3 * 86_400_000 }],
};

const NOW = '2026-06-01T12:00:00.000Z';
const hidden = ['anna-7', 'journey-41', 'crew-north', 'site-9', 'plum', 'desk.clerk', 'evt-1', 'ben', '70', 'score'];

const moment = (customer: string, journeyId: string, touchpoint: string, id: string): TestEvent => ({
  customer,
  id,
  at: '2026-05-31T08:00:00.000Z',
  type: 'moment.recorded',
  data: {
    journeyId,
    journeyType: 'order',
    touchpoint,
    channel: 'web',
    outcome: 'succeeded',
    actor: { kind: 'employee', id: 'desk.clerk', team: 'crew-north', site: 'site-9' },
    attributes: { colour: 'plum' },
  },
});

const reader = createKey({ name: 'reader', scopes: ['read'] });
const publisher = createKey({ name: 'publisher', scopes: ['publish'] });
const folder = mkdtempSync(join(tmpdir(), 'touchstone-share-'));
const file = join(folder, 'keys.json');
writeFileSync(file, JSON.stringify([reader.entry, publisher.entry]));
const keys = readKeys(file);
const secret = Buffer.from('0123456789abcdef0123456789abcdef');

type Served = Awaited<ReturnType<typeof served>>;
let system: TestSystem;
let app: Served;
/** A second process over the same log. */
let twin: Served;
let clock = Date.parse(NOW);

async function served(change: Partial<QueryDeps>, rateLimit = 0) {
  const given = { ...system.deps, keys, shareSecret: secret, ...change };
  const links = { sharedLinks: sharedLinks(system.store, () => clock) };
  const server = await createHttpServer({ logger: createLogger({ level: 'silent' }), keys: given.keys, rateLimit });
  await server.register(queryRoutes, { ...given, ...links });
  return server;
}

beforeAll(async () => {
  system = await startTestSystem([definition]);
  await system.publish([
    moment('anna-7', 'journey-41', 'order.placed', 'evt-1'),
    moment('anna-7', 'journey-41', 'fraud.checked', 'evt-2'),
    moment('ben', 'journey-42', 'order.placed', 'evt-3'),
  ]);
  system.setNow(NOW);
  app = await served({});
  twin = await served({});
});
afterAll(async () => {
  await app?.close();
  await twin?.close();
  await system?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const authorization = `Bearer ${reader.secret}`;
const anna = { customerId: 'anna-7', expiresIn: 'P7D' };
const share = (body: object = anna, journeyId = 'journey-41', server = app) =>
  server.inject({ method: 'POST', url: `/v1/journeys/${journeyId}/share`, headers: { authorization }, payload: body });
const made = async (body?: object, journeyId?: string) =>
  (await share(body, journeyId)).json() as { id: string; path: string; expiresAt: string };
const open = (path: string, headers = {}, server = app) => server.inject({ url: `/${path}`, headers });

/** An answer without the headers that no two answers share. */
function comparable({ statusCode, headers, body }: Awaited<ReturnType<typeof open>>) {
  const { date: _date, 'x-request-id': _id, ...others } = headers;
  return { statusCode, headers: others, body };
}

describe('the page of a link', () => {
  it('says what is done, what comes next and by when, in the titles of the definition', async () => {
    const { path } = await made({ ...anna, timeZone: 'Europe/Berlin' });
    const { statusCode, body } = await open(path, { 'accept-language': 'en-GB' });
    expect(statusCode).toBe(200);
    expect(body).toContain('<html lang="en">');
    expect(body).toContain('<h1>Online order &lt;b&gt;&quot;1&quot; &amp; 2&lt;/b&gt;</h1>');
    expect(body).toMatch(/<li class="done"><div><h2>Checkout<\/h2><p class="when">Done on 31 May 2026<\/p>/);
    expect(body).toMatch(/<li class="next" aria-current="step"><div><h2>Payment<\/h2><span class="state">Next<\/span>/);
    expect(body).toMatch(/<h2>Dispatch<\/h2>.*Expected by Wednesday,? 3 June 2026 at 10:00 CEST/);
  });

  it('speaks Chinese where the browser does', async () => {
    const { body } = await open((await made()).path, { 'accept-language': 'zh-CN,zh;q=0.9,en;q=0.8' });
    expect(body).toContain('<html lang="zh-Hans">');
    expect(body).toMatch(/<h2>Payment<\/h2><span class="state">下一步<\/span>/);
    expect(body).toMatch(/预计不晚于2026年6月3日星期三/);
    expect(body).not.toMatch(/Expected|Next|Done/);
  });

  it('sends no id, no score, no attribute, and nothing that the definition has no title for', async () => {
    // The date and the request's id have figures of their own.
    const { headers, body } = comparable(await open((await made()).path));
    const sent = JSON.stringify(headers) + body.replace(/<style>.*?<\/style>/s, '');
    for (const word of [...hidden, 'fraud', 'order.placed', 'parcel.shipped', 'expected:', 'web', 'reader']) {
      expect(sent).not.toContain(word);
    }
    expect(sent).not.toContain('<script');
    expect(sent).not.toContain('href="http');
  });

  it('runs and loads nothing, is kept and found by nobody, and hands its address to nobody', async () => {
    const { headers } = await open((await made()).path);
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-robots-tag': expect.stringContaining('noindex'),
      'x-content-type-options': 'nosniff',
    });
    const policy = String(headers['content-security-policy']);
    expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-/);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/script-src|unsafe/);
  });

  it('is answered by every process, as the journey stands when it is opened', async () => {
    const { path } = await made({ customerId: 'ben', expiresIn: 'P7D' }, 'journey-42');
    expect((await open(path, {}, twin)).body).toContain('Next');
    await system.publish([moment('ben', 'journey-42', 'payment.approved', 'evt-4')]);
    expect((await open(path, {}, twin)).body).toMatch(/<h2>Payment<\/h2><p class="when">Done/);
  });
});

describe('who has no link', () => {
  it('is told one and the same, whether it was forged, has expired, was revoked, is of another customer or of another secret', async () => {
    const { path, id } = await made();
    const ben = await made({ customerId: 'ben', expiresIn: 'P1D' }, 'journey-42');
    const signature = (of: string) => of.split('.')[1]!;
    const revoked = await made();
    const dropped = await app.inject({
      method: 'DELETE',
      url: `/v1/shares/${revoked.id}`,
      headers: { authorization },
    });
    expect(dropped.statusCode).toBe(200);
    const other = await served({ shareSecret: Buffer.from('another secret, also 32 characters') });
    const closed = await served({ shareSecret: undefined });
    const last = path.at(-1)!;
    const refused = {
      forged: await open(`shared/${id}.${'A'.repeat(43)}`),
      'another writing of the same signature': await open(
        path.slice(0, -1) + String.fromCharCode(last.charCodeAt(0) + 1),
      ),
      'of another customer': await open(`shared/${id}.${signature(ben.path)}`),
      revoked: await open(revoked.path),
      'revoked, in another process': await open(revoked.path, {}, twin),
      'cut short': await open(path.slice(0, -5)),
      'the id alone': await open(`shared/${id}`),
      'no link': await open('shared/x'),
      'another secret': await open(path, {}, other),
      'no secret': await open(path, {}, closed),
      expired: await (async () => {
        clock += 8 * 86_400_000;
        const answer = await open(path);
        clock = Date.parse(NOW);
        return answer;
      })(),
    };
    const [first, ...others] = Object.values(refused).map(comparable);
    expect(first).toMatchObject({ statusCode: 404, headers: { 'cache-control': 'no-store' } });
    for (const each of others) expect(each).toEqual(first);
    expect((await open(path)).statusCode).toBe(200);
    await other.close();
    await closed.close();
  });

  it('learns nothing from 10,000 guesses, which are limited, while others are answered', async () => {
    const limited = await served({}, 2_000);
    const { path } = await made();
    const seen = new Map<number, Set<string>>();
    for (let guess = 0; guess < 10_000; guess++) {
      const token = Buffer.from(`${guess}`.padStart(16, '0')).toString('base64url');
      const signature = Buffer.from(`${guess}`.padStart(32, '0')).toString('base64url');
      const { statusCode, body } = await open(`shared/${token}.${signature}`, {}, limited);
      if (!seen.has(statusCode)) seen.set(statusCode, new Set());
      seen.get(statusCode)!.add(body);
    }
    expect([...seen.keys()].sort()).toEqual([404, 429]);
    for (const bodies of seen.values()) expect(bodies.size).toBe(1);
    const elsewhere = await limited.inject({ url: `/${path}`, remoteAddress: '192.0.2.7' });
    expect(elsewhere.statusCode).toBe(200);
    await limited.close();
  });

  it(`is asked to come again after ${SHARED_PAGES_MAX} pages a second, by a page`, async () => {
    const limited = await served({}, 2_000);
    const answers = await Promise.all(
      Array.from({ length: 2 * SHARED_PAGES_MAX }, () => open('shared/x', {}, limited)),
    );
    const last = answers.find(({ statusCode }) => statusCode === 429)!;
    expect(last.headers).toMatchObject({ 'retry-after': '1', 'content-type': 'text/html; charset=utf-8' });
    expect(last.body).toContain('try again');
    await limited.close();
  });
});

describe('making links', () => {
  it('needs keys and a secret, and the refusal names what is missing', async () => {
    const closed = await served({ shareSecret: undefined });
    expect((await share(anna, 'journey-41', closed)).json()).toMatchObject({
      status: 403,
      code: 'sharing_closed',
      detail: expect.stringMatching(/SHARE_SECRET_FILE, which is not set/),
    });
    await closed.close();
    const headers = { host: 'localhost' };
    const keyless = await served({ keys: undefined });
    const url = '/v1/journeys/journey-41/share';
    const answer = await keyless.inject({ method: 'POST', url, headers, payload: anna });
    expect(answer.json()).toMatchObject({
      code: 'sharing_closed',
      detail: expect.stringContaining('TOUCHSTONE_KEYS'),
    });
    await keyless.close();
  });

  it('needs the scope read', async () => {
    const url = '/v1/journeys/journey-41/share';
    expect((await app.inject({ method: 'POST', url, payload: anna })).statusCode).toBe(401);
    const headers = { authorization: `Bearer ${publisher.secret}` };
    expect((await app.inject({ method: 'POST', url, headers, payload: anna })).statusCode).toBe(403);
  });

  it('is refused for the journey of another customer', async () => {
    expect((await share({ ...anna, customerId: 'ben' })).json()).toMatchObject({ status: 404, code: 'not_found' });
    expect((await share(anna, 'nobody-s')).statusCode).toBe(404);
  });

  it.each([
    ['expiresIn', { customerId: 'anna-7' }],
    ['expiresIn', { ...anna, expiresIn: 'PT1S' }],
    ['expiresIn', { ...anna, expiresIn: 'P367D' }],
    ['customerId', { expiresIn: 'P1D' }],
    ['timeZone', { ...anna, timeZone: 'Nowhere/Land' }],
  ])('names %s of %j', async (path, body) => {
    expect((await share(body)).json()).toMatchObject({ status: 400, errors: [{ path }] });
  });

  it('is listed with who made it until it is revoked, and a second revocation finds none', async () => {
    const { id } = await made(anna);
    const url = '/v1/journeys/journey-41/shares?customerId=anna-7';
    const list = async (server = app) =>
      ((await server.inject({ url, headers: { authorization } })).json() as { items: { id: string }[] }).items;
    expect((await list(twin)).find((item) => item.id === id)).toMatchObject({ by: 'reader', journeyId: 'journey-41' });
    const revoke = () => app.inject({ method: 'DELETE', url: `/v1/shares/${id}`, headers: { authorization } });
    expect((await revoke()).statusCode).toBe(200);
    expect((await list(twin)).map((item) => item.id)).not.toContain(id);
    expect((await revoke()).statusCode).toBe(404);
  });
});

describe('the file of the secret', () => {
  it('is refused by name where it is short or away', () => {
    const short = join(folder, 'short');
    writeFileSync(short, 'too short\n');
    expect(() => readShareSecret(short)).toThrow(/short, has 9 characters and needs 32/);
    expect(() => readShareSecret(join(folder, 'none'))).toThrow(/none, cannot be read/);
    writeFileSync(short, `${secret}\n`);
    expect(readShareSecret(short)).toEqual(secret);
  });
});
