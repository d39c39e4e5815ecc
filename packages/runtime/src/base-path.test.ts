import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it, onTestFinished } from 'vitest';
import { PAGE_ROOMS, withoutBasePath } from './base-path.ts';
import { readConfig } from './config.ts';
import { createHttpServer } from './http-server.ts';
import { createLogger } from './logger.ts';

it.each([
  ['/touchstone', '/'],
  ['/touchstone/', '/'],
  ['/touchstone?wall', '/?wall'],
  ['/touchstone/v1/keys?a=/touchstone', '/v1/keys?a=/touchstone'],
  ['/touchstone/touchstone/v1/keys', '/touchstone/v1/keys'],
  ['/v1/keys', '/v1/keys'],
  ['/touchstones/v1/keys', '/touchstones/v1/keys'],
  ['/TOUCHSTONE/v1/keys', '/TOUCHSTONE/v1/keys'],
  ['/a/touchstone/v1/keys', '/a/touchstone/v1/keys'],
])('%s is %s within the site', (url, within) => {
  expect(withoutBasePath('/touchstone', url)).toBe(within);
  expect(withoutBasePath('', url)).toBe(url);
});

it.each(['touchstone', '/', '/touchstone/', '//touchstone', '/a/../b', '/a b', '/a"b', '/v1', '/docs/x', '/assets'])(
  'BASE_PATH=%s is refused, and the message says what it must be',
  (path) => {
    expect(() => readConfig({ BASE_PATH: path })).toThrow(/BASE_PATH=.*\n.*must (?:be a path such as|not begin as)/);
  },
);

it("a prefix that is an address of ours, the page's rooms among them, is refused", () => {
  for (const own of [...PAGE_ROOMS, 'shared', 'index.html', 'openapi.json/x'])
    expect(() => readConfig({ BASE_PATH: `/${own}` }), own).toThrow(/must not begin as/);
});

it.each(['/touchstone', '/a/b.c', '/docs-of-ours', '/~ops'])('BASE_PATH=%s is taken', (path) => {
  expect(readConfig({ BASE_PATH: path }).basePath).toBe(path);
});

const folder = mkdtempSync(join(tmpdir(), 'touchstone-base-path-'));
const page = join(folder, 'index.html');
writeFileSync(page, '<meta name="base-path" content="" /><script src="/assets/index.js"></script>');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function served() {
  const app = await createHttpServer({ logger: createLogger({ level: 'silent' }), basePath: '/touchstone', page });
  app.get('/here', async () => 'here');
  app.get('/there', async (_request, reply) => reply.redirect('/here'));
  app.get('/away', async (_request, reply) => reply.redirect('https://example.org/here'));
  onTestFinished(() => app.close());
  return app;
}

it('a route is found with the prefix and without, and its redirects have it', async () => {
  const app = await served();
  for (const url of ['/here', '/touchstone/here']) expect((await app.inject(url)).body).toBe('here');
  for (const url of ['/there', '/touchstone/there'])
    expect((await app.inject(url)).headers.location).toBe('/touchstone/here');
  expect((await app.inject('/touchstone/away')).headers.location).toBe('https://example.org/here');
  expect((await app.inject('/touchstone/healthz')).statusCode).toBe(200);
});

it('a method that a route does not take, and the page at an unknown address, are told under the prefix too', async () => {
  const app = await served();
  const other = await app.inject({ method: 'POST', url: '/touchstone/here' });
  expect([other.statusCode, other.headers.allow]).toEqual([405, 'GET, HEAD, OPTIONS']);
  const browser = { accept: 'text/html' };
  for (const url of ['/touchstone/nothing', '/touchstone/%zz']) {
    const { body, headers } = await app.inject({ url, headers: browser });
    expect(body).toBe(
      '<meta name="base-path" content="/touchstone" /><script src="/touchstone/assets/index.js"></script>',
    );
    expect(headers['content-security-policy']).toContain("script-src 'self'");
  }
});
