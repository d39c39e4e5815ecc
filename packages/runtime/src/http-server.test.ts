import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { createHttpServer, type HttpServerOptions } from './http-server.ts';
import { createKey, readKeys } from './keys.ts';
import { createLogger } from './logger.ts';

const logger = createLogger({ level: 'silent' });

async function start(options: Partial<HttpServerOptions> = {}) {
  const app = await createHttpServer({ logger, ...options });
  onTestFinished(() => app.close());
  app.get(
    '/v1/things/:id',
    { schema: { params: z.object({ id: z.coerce.number().int() }), response: { 200: z.object({ id: z.number() }) } } },
    async (request) => ({ id: request.params.id }),
  );
  app.post('/v1/things', { schema: { body: z.object({ name: z.string() }) } }, async (request) => request.body);
  app.get('/v1/fails', async () => {
    throw new Error('the password is hunter2');
  });
  app.get(
    '/v1/lies',
    { schema: { response: { 200: z.object({ id: z.number() }) } } },
    async () => ({ id: 'x' }) as never,
  );
  return app;
}

function withKeys() {
  const made = [createKey({ name: 'reader', scopes: ['read'] }), createKey({ name: 'ops', scopes: ['admin'] })];
  const file = join(mkdtempSync(join(tmpdir(), 'keys-')), 'keys.json');
  writeFileSync(file, JSON.stringify(made.map(({ entry }) => entry)));
  return { keys: readKeys(file), bearers: made.map(({ secret }) => ({ authorization: `Bearer ${secret}` })) };
}

/**
 * Sends bytes over a socket and resolves to everything received until the server ends the
 * connection.
 */
function rawRequest(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString();
    });
    socket.on('end', () => resolve(answer));
    socket.on('error', reject);
  });
}

describe('every error is a problem document', () => {
  it.each([
    ['an unknown route', { url: '/nowhere' }, 404, 'not_found'],
    ['another method', { method: 'DELETE' as const, url: '/v1/things' }, 405, 'method_not_allowed'],
    ['a parameter of the wrong type', { url: '/v1/things/x' }, 400, 'invalid_query'],
    ['a URL that cannot be decoded', { url: '/v1/things/%ff' }, 400, 'bad_request'],
    [
      'a body that is not JSON',
      { method: 'POST' as const, url: '/v1/things', payload: '{', headers: { 'content-type': 'application/json' } },
      400,
      'invalid_json',
    ],
    [
      'an empty body',
      { method: 'POST' as const, url: '/v1/things', payload: '', headers: { 'content-type': 'application/json' } },
      400,
      'invalid_json',
    ],
    [
      'a prototype key',
      {
        method: 'POST' as const,
        url: '/v1/things',
        payload: '{"__proto__":1}',
        headers: { 'content-type': 'application/json' },
      },
      400,
      'invalid_json',
    ],
    [
      'a body of the wrong shape',
      { method: 'POST' as const, url: '/v1/things', payload: { name: 1 } },
      400,
      'invalid_query',
    ],
    [
      'a body of another type',
      { method: 'POST' as const, url: '/v1/things', payload: 'a', headers: { 'content-type': 'text/plain' } },
      415,
      'unsupported_media_type',
    ],
    [
      'a body without a type',
      { method: 'POST' as const, url: '/v1/things', payload: Buffer.from('a') },
      415,
      'unsupported_media_type',
    ],
    [
      'a large body',
      { method: 'POST' as const, url: '/v1/things', payload: { name: 'x'.repeat(2_000_000) } },
      413,
      'body_too_large',
    ],
    ['a fault of ours', { url: '/v1/fails' }, 500, 'internal_error'],
    ['an answer that breaks its own schema', { url: '/v1/lies' }, 500, 'internal_error'],
  ])('%s', async (_, request, status, code) => {
    const app = await start();
    const answer = await app.inject(request);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.json()).toMatchObject({ status, code, type: `urn:problem-type:touchstone:${code}` });
    expect(answer.statusCode).toBe(status);
    expect(answer.body).not.toContain('hunter2');
  });

  it('names the field that is wrong', async () => {
    const app = await start();
    const { errors } = (await app.inject({ method: 'POST', url: '/v1/things', payload: { name: 1 } })).json();
    expect(errors).toMatchObject([{ path: 'name' }]);
  });

  it('even where the request is no HTTP, or its headers have no end', async () => {
    const app = await start();
    await app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = app.server.address() as AddressInfo;
    expect(await rawRequest(port, 'HELLO\r\n\r\n')).toMatch(/^HTTP\/1.1 400 .*"code":"bad_request"/s);
    const long = `GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`;
    expect(await rawRequest(port, long)).toMatch(/^HTTP\/1.1 431 .*"code":"headers_too_large"/s);
  });
});

describe('a path that is known', () => {
  it.each([
    ['DELETE', '/v1/things', 'POST, OPTIONS'],
    ['GET', '/v1/things?limit=1', 'POST, OPTIONS'],
    ['PUT', '/v1/things/7', 'GET, HEAD, OPTIONS'],
    ['POST', '/metrics', 'GET, HEAD, OPTIONS'],
    ['TRACE', '/healthz', 'GET, HEAD, OPTIONS'],
    ['QUERY', '/v1/things/7', 'GET, HEAD, OPTIONS'],
  ])('%s %s is answered with what it takes: %s', async (method, url, allow) => {
    const app = await start();
    const answer = await app.inject({ method: method as 'PUT', url });
    expect(answer).toMatchObject({ statusCode: 405, headers: { allow } });
    expect(answer.json()).toMatchObject({ status: 405, code: 'method_not_allowed' });
  });

  it('is told before its body is looked at, whatever the body says it is', async () => {
    const app = await start();
    const headers = { 'content-type': 'text/nonsense' };
    const answer = await app.inject({ method: 'PUT', url: '/v1/things', payload: 'x'.repeat(2_000_000), headers });
    expect(answer.statusCode).toBe(405);
  });

  it('answers OPTIONS with its methods, HEAD as GET without a body, and lets no other site in', async () => {
    const app = await start();
    const options = await app.inject({ method: 'OPTIONS', url: '/v1/things/7' });
    expect(options).toMatchObject({ statusCode: 204, headers: { allow: 'GET, HEAD, OPTIONS' }, body: '' });
    expect(options.headers).not.toHaveProperty('access-control-allow-origin');
    const head = await app.inject({ method: 'HEAD', url: '/v1/things/7' });
    expect(head).toMatchObject({ statusCode: 200, body: '' });
    const origin = 'https://evil.example';
    expect((await app.inject({ method: 'OPTIONS', url: '/v1/things', headers: { origin } })).statusCode).toBe(403);
  });

  it.each(['GET', 'POST', 'OPTIONS'] as const)('an unknown one is not found by %s', async (method) => {
    const app = await start();
    expect((await app.inject({ method, url: '/v1/thing' })).json()).toMatchObject({ status: 404, code: 'not_found' });
  });
});

describe('without keys', () => {
  it.each(['localhost', 'localhost:4700', '127.0.0.1:80', '127.0.0.2:4700', '[::1]:4700'])(
    '%s is served',
    async (host) => {
      const app = await start();
      expect((await app.inject({ url: '/healthz', headers: { host } })).statusCode).toBe(200);
    },
  );

  it.each(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example:80', '127.0.0.1234', '10.0.0.1'])(
    '%s is not',
    async (host) => {
      const app = await start();
      expect((await app.inject({ url: '/healthz', headers: { host } })).json()).toMatchObject({ code: 'wrong_host' });
    },
  );

  it.each([{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }, { origin: 'null' }])(
    'a page of another site may not write: %o',
    async (headers) => {
      const app = await start();
      const answer = await app.inject({ method: 'POST', url: '/v1/things', payload: { name: 'a' }, headers });
      expect(answer.json()).toMatchObject({ status: 403, code: 'cross_origin' });
    },
  );

  it.each(['cross-site', 'same-site'])(
    'a page that is %s may not ask, but a person may follow its link',
    async (site) => {
      const app = await start();
      const ask = (headers: object, method: 'GET' | 'HEAD' = 'GET') =>
        app.inject({ method, url: '/v1/things/1', headers: { 'sec-fetch-site': site, ...headers } });
      for (const mode of ['no-cors', 'cors', 'websocket']) {
        const answer = await ask({ 'sec-fetch-mode': mode });
        expect(answer.json()).toMatchObject({ status: 403, code: 'cross_origin' });
        expect((await ask({ 'sec-fetch-mode': mode }, 'HEAD')).statusCode).toBe(403);
      }
      const navigate = { 'sec-fetch-mode': 'navigate' };
      expect((await ask({ ...navigate, 'sec-fetch-dest': 'document' })).statusCode).toBe(200);
      expect((await ask({ ...navigate, 'sec-fetch-dest': 'iframe' })).statusCode).toBe(403);
    },
  );

  it.each(['X-Forwarded-For', 'Forwarded', 'Via', 'X-Real-IP', 'X-Forwarded-Host', 'X-Forwarded-Proto'])(
    'nobody is served through a proxy that says so by %s, unless there are keys',
    async (name) => {
      const request = { url: '/v1/things/1', headers: { [name]: '10.1.2.3' } };
      const answer = await (await start()).inject(request);
      expect(answer.json()).toMatchObject({ status: 403, code: 'through_proxy' });
      expect(answer.json().detail).toContain('set TOUCHSTONE_KEYS');
      const { keys, bearers } = withKeys();
      const headers = { ...request.headers, ...bearers[1] };
      expect((await (await start({ keys })).inject({ ...request, headers })).statusCode).toBe(200);
    },
  );

  it('a page of this server may', async () => {
    const app = await start();
    const headers = { host: 'localhost:4700', origin: 'http://localhost:4700', 'sec-fetch-site': 'same-origin' };
    const answer = await app.inject({ method: 'POST', url: '/v1/things', payload: { name: 'a' }, headers });
    expect(answer.statusCode).toBe(200);
  });
});

it('what an administrator changes is one line of the log, with the name of the key; what is read or refused is none', async () => {
  const said: string[] = [];
  const { keys, bearers } = withKeys();
  const app = await start({ keys, logger: pino({ level: 'info' }, { write: (line) => void said.push(line) }) });
  const change = { method: 'POST' as const, url: '/v1/things', payload: { name: 'a' } };
  await app.inject({ url: '/v1/things/1', headers: { ...bearers[1] } });
  await app.inject({ ...change, headers: { ...bearers[0] } });
  await app.inject({ ...change, headers: { ...bearers[1] } });
  expect(said.map((line) => JSON.parse(line))).toMatchObject([
    { level: 30, caller: 'ops', method: 'POST', url: '/v1/things', status: 200 },
  ]);
});

it('no cache keeps an answer of /v1', async () => {
  const app = await start();
  for (const url of ['/v1/things/1', '/v1/nothing'])
    expect((await app.inject({ url })).headers['cache-control']).toBe('no-store');
});

describe('with keys', () => {
  it('a route of /v1 that names no scope asks for admin, others are public', async () => {
    const { keys, bearers } = withKeys();
    const app = await start({ keys });
    const status = async (url: string, headers = {}) => (await app.inject({ url, headers })).statusCode;
    expect(await status('/v1/things/1')).toBe(401);
    expect(await status('/v1/things/1', { authorization: 'Bearer nonsense' })).toBe(401);
    expect(await status('/v1/things/1', bearers[0])).toBe(403);
    expect(await status('/v1/things/1', bearers[1])).toBe(200);
    expect(await status('/healthz', { host: 'touchstone.example' })).toBe(200);
    expect([await status('/metrics'), await status('/metrics', bearers[0])]).toEqual([401, 200]);
  });

  it('an unknown key learns nothing of what the routes take', async () => {
    const { keys } = withKeys();
    const app = await start({ keys });
    const answer = await app.inject({
      method: 'POST',
      url: '/v1/things',
      payload: 'x'.repeat(2_000_000),
      headers: { 'content-type': 'a/b' },
    });
    expect(answer.statusCode).toBe(401);
  });
});

describe('limits', () => {
  it('429 and Retry-After beyond the rate, for each key by itself, and for guesses too', async () => {
    const { keys, bearers } = withKeys();
    const app = await start({ keys, rateLimit: 3 });
    const statuses = async (headers: Record<string, string>) => {
      const seen: number[] = [];
      while (seen.length < 5) seen.push((await app.inject({ url: '/v1/things/1', headers })).statusCode);
      return seen;
    };
    expect(await statuses(bearers[1]!)).toEqual([200, 200, 200, 429, 429]);
    expect(await statuses(bearers[0]!)).toEqual([403, 403, 403, 429, 429]);
    expect(await statuses({ authorization: 'Bearer guess' })).toEqual([401, 401, 401, 429, 429]);
    const limited = await app.inject({ url: '/v1/things/1', headers: bearers[1]! });
    expect(limited.json()).toMatchObject({ code: 'rate_limited' });
    expect(limited.headers['retry-after']).toBe('1');
  });

  it('what is no route has the limit too, and known paths asked with another method', async () => {
    const { keys } = withKeys();
    const app = await start({ keys, rateLimit: 2 });
    const status = async (method: 'GET' | 'PUT', url: string) => (await app.inject({ method, url })).statusCode;
    expect([await status('GET', '/nowhere'), await status('PUT', '/metrics')]).toEqual([404, 405]);
    expect([await status('GET', '/nowhere'), await status('PUT', '/metrics')]).toEqual([429, 429]);
  });

  it("guesses of keys use up nobody else's requests, though all come through one proxy", async () => {
    const { keys } = withKeys();
    const app = await start({ keys, rateLimit: 2 });
    app.get('/page', { config: { scope: 'public' } }, async () => ({}));
    const guess = { authorization: 'Bearer guess' };
    const statuses: number[] = [];
    while (statuses.length < 3) statuses.push((await app.inject({ url: '/v1/things/1', headers: guess })).statusCode);
    expect(statuses).toEqual([401, 401, 429]);
    expect((await app.inject('/page')).statusCode).toBe(200);
  });

  it('each address behind a trusted proxy has a limit of its own; nobody else is believed', async () => {
    const { keys } = withKeys();
    const asks = async (isTrusted: boolean) => {
      const app = await start({ keys, rateLimit: 1, isTrustedProxy: () => isTrusted });
      app.get('/page', { config: { scope: 'public' } }, async () => ({}));
      const ask = async (address: string) =>
        (await app.inject({ url: '/page', headers: { 'x-forwarded-for': address } })).statusCode;
      return [await ask('10.0.0.1'), await ask('10.0.0.2'), await ask('10.0.0.1')];
    };
    expect(await asks(true)).toEqual([200, 200, 429]);
    expect(await asks(false)).toEqual([200, 429, 429]);
  });
});

it('/readyz names what does not work', async () => {
  const checks = [
    { name: 'event store', run: () => undefined },
    { name: 'read model', run: () => 'is 12 s behind' },
    {
      name: 'disk',
      run: () => {
        throw new Error('full');
      },
    },
  ];
  const app = await start({ checks });
  const { statusCode, body } = await app.inject('/readyz');
  expect(statusCode).toBe(503);
  expect(JSON.parse(body)).toMatchObject({
    code: 'not_ready',
    errors: [
      { path: 'read model', message: 'is 12 s behind' },
      { path: 'disk', message: 'full' },
    ],
  });
  const { body: metrics } = await app.inject('/metrics');
  expect(metrics).toContain('touchstone_check_up{check="event store",needed="yes"} 1');
  expect(metrics).toContain('touchstone_check_up{check="disk",needed="yes"} 0');
  const well = await start({ checks: checks.slice(0, 1) });
  expect((await well.inject('/readyz')).json()).toEqual({
    status: 'ready',
    checks: [{ name: 'event store', status: 'ok' }],
  });
});

it('/readyz tells strangers the names of what fails; the words are for readers, and for this machine', async () => {
  const { keys, bearers } = withKeys();
  const checks = [
    { name: 'read model', run: () => 'ENOSPC at /srv/touchstone' },
    { name: 'Kafka', isNeeded: false, run: () => 'no broker at 10.0.0.9' },
  ];
  const told = async (remoteAddress: string, headers = {}) => {
    const app = await start({ keys, checks });
    return (await app.inject({ url: '/readyz', remoteAddress, headers })).body;
  };
  expect(JSON.parse(await told('203.0.113.9'))).toMatchObject({ errors: [{ path: 'read model', message: 'fails' }] });
  expect(await told('127.0.0.1', { 'x-forwarded-for': '203.0.113.9' })).not.toContain('ENOSPC');
  for (const body of [await told('127.0.0.1'), await told('203.0.113.9', bearers[0])])
    expect(body).toContain('ENOSPC at /srv/touchstone');
});

it('/readyz tells of what fails beside that which is served, and stays 200', async () => {
  const checks = [
    { name: 'event store', run: () => undefined },
    { name: 'Kafka', isNeeded: false, run: () => 'no broker answers' },
  ];
  const app = await start({ checks });
  const { statusCode, body } = await app.inject('/readyz');
  expect(statusCode).toBe(200);
  expect(JSON.parse(body)).toEqual({
    status: 'ready',
    checks: [
      { name: 'event store', status: 'ok' },
      { name: 'Kafka', status: 'failing', message: 'no broker answers' },
    ],
  });
  expect((await app.inject('/metrics')).body).toContain('touchstone_check_up{check="Kafka",needed="no"} 0');
});

it('/metrics measures routes by their pattern', async () => {
  const app = await start();
  await app.inject('/v1/things/1');
  await app.inject('/v1/things/2');
  const { body } = await app.inject('/metrics');
  expect(body).toContain('touchstone_http_request_seconds_count{method="GET",route="/v1/things/:id",status="200"} 2');
});

it('answers bear the headers that keep a browser from being used against the user', async () => {
  const { headers } = await (await start()).inject('/healthz');
  expect(headers['content-security-policy']).toContain("default-src 'self'");
  expect(headers['content-security-policy']).toContain("require-trusted-types-for 'script'");
  expect(headers['x-content-type-options']).toBe('nosniff');
});

it('closing does not wait for connections that were opened ahead of a request', async () => {
  const app = await start();
  const { port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
  const accepted = once(app.server, 'connection');
  const socket = connect(Number(port), '127.0.0.1');
  await accepted;
  const ended = once(socket, 'close');
  await app.close();
  await ended;
  expect(app.server.listening).toBe(false);
});
