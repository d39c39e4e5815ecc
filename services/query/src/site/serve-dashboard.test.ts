import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHttpServer, createLogger } from '@touchstone/runtime';
import { expect, it, onTestFinished } from 'vitest';
import { serveDashboard } from './serve-dashboard.ts';

async function serve(isBuilt: boolean, folder = mkdtempSync(join(tmpdir(), 'touchstone-dashboard-'))) {
  writeFileSync(join(folder, '..', 'touchstone-secret'), 'secret');
  if (isBuilt) {
    mkdirSync(join(folder, 'assets'));
    writeFileSync(join(folder, 'index.html'), '<title>Touchstone</title>');
    writeFileSync(join(folder, 'assets', 'index-abc123.js'), 'export {};');
    writeFileSync(join(folder, 'assets', 'index-abc123.js.br'), 'in Brotli');
    writeFileSync(join(folder, 'assets', 'index-abc123.js.gz'), 'in gzip');
    writeFileSync(join(folder, 'touchstone.svg'), '<svg/>');
    writeFileSync(join(folder, '.sources'), 'their hash');
  }
  const app = await createHttpServer({
    logger: createLogger({ level: 'silent' }),
    page: isBuilt ? join(folder, 'index.html') : undefined,
  });
  await serveDashboard(app, folder);
  onTestFinished(async () => {
    await app.close();
    rmSync(folder, { recursive: true });
  });
  return (url: string, headers = {}) => app.inject({ url, headers });
}

it.each([
  '/',
  '/index.html',
  '/journeys',
  '/system',
  '/journeys/a%2Fb',
  '/journeys/a/b?customerId=c',
  '/customers/anna',
])('answers %s with the page, asked for each time', async (url) => {
  const answer = await (await serve(true))(url);
  expect(answer.statusCode).toBe(200);
  expect(answer.body).toContain('<title>Touchstone</title>');
  expect(answer.headers['content-type']).toContain('text/html');
  expect(answer.headers['cache-control']).toBe('no-cache');
  expect(answer.headers['content-security-policy']).toContain("default-src 'self'");
});

it('lets browsers keep the assets, whose names change with their content', async () => {
  const get = await serve(true);
  const answer = await get('/assets/index-abc123.js');
  expect(answer.headers['cache-control']).toBe('public, max-age=31536000, immutable');
  expect(answer.headers['content-type']).toContain('javascript');
  expect((await get('/touchstone.svg')).headers['cache-control']).toBe('no-cache');
});

it('sends what the build has compressed, in the encoding that is accepted', async () => {
  const get = await serve(true);
  const url = '/assets/index-abc123.js';
  for (const [accepted, encoding, body] of [
    ['gzip, deflate, br', 'br', 'in Brotli'],
    ['gzip', 'gzip', 'in gzip'],
    ['identity', undefined, 'export {};'],
  ] as const) {
    const answer = await get(url, { 'accept-encoding': accepted });
    expect(answer).toMatchObject({ statusCode: 200, body });
    expect(answer.headers['content-encoding']).toBe(encoding);
    expect(answer.headers['content-type']).toContain('javascript');
    expect(answer.headers.vary).toBe('accept-encoding');
    expect(answer.headers.etag).toMatch(/^W\/".+"$/);
    const again = await get(url, { 'accept-encoding': accepted, 'if-none-match': answer.headers.etag });
    expect(again).toMatchObject({ statusCode: 304, body: '' });
  }
  expect((await get(`${url}.br`)).statusCode).toBe(404);
});

it('serves the page that a build put in the place of the first, with its assets, and the first no more', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-dashboard-'));
  const get = await serve(true, folder);
  expect((await get('/assets/index-abc123.js')).statusCode).toBe(200);
  rmSync(join(folder, 'assets'), { recursive: true });
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), '<title>The new one</title>');
  writeFileSync(join(folder, 'assets', 'index-def456.js'), 'export { anew };');
  for (const url of ['/', '/customers/anna']) expect((await get(url)).body).toBe('<title>The new one</title>');
  expect(await get('/assets/index-def456.js')).toMatchObject({ statusCode: 200, body: 'export { anew };' });
  const gone = await get('/assets/index-abc123.js', { accept: 'text/javascript, */*' });
  expect(gone.statusCode).toBe(404);
  expect(gone.json()).toMatchObject({ code: 'not_found' });
});

it.each([
  '/v1/journeys/x',
  '/v1/nothing',
  '/assets/other.js',
  '/assets/',
  '/.sources',
  '/nothing',
  '/..%2ftouchstone-secret',
  '/assets/..%2f..%2ftouchstone-secret',
])('answers %s, which is not its own, with a problem', async (url) => {
  const answer = await (await serve(true))(url);
  expect(answer.statusCode).toBe(404);
  expect(answer.json()).toMatchObject({ code: 'not_found' });
});

const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

it.each(['/journeys/%', '/nothing', '/nothing/at/all', '/docs/nothing'])(
  'shows a browser the page at %s, as not found and under the same rules, and tells a program of a problem',
  async (url) => {
    const get = await serve(true);
    const page = await get(url, { accept: browser });
    expect(page.body).toContain('<title>Touchstone</title>');
    expect(page.headers['content-type']).toContain('text/html');
    expect(page.headers['content-security-policy']).toContain("default-src 'self'");
    for (const accept of ['*/*', 'application/json', 'application/problem+json, text/html;q=0.1']) {
      const problem = await get(url, { accept });
      expect(problem.headers['content-type']).toContain('application/problem+json');
      expect(problem.statusCode).toBe(page.statusCode);
      expect(problem.statusCode).toBe(url.includes('%') ? 400 : 404);
    }
  },
);

it('answers what lies under /v1 to browsers too as a problem', async () => {
  const answer = await (await serve(true))('/v1/nothing', { accept: browser });
  expect(answer.json()).toMatchObject({ code: 'not_found' });
});

it('without a page an unknown address is a problem for a browser too', async () => {
  expect((await (await serve(false))('/nothing', { accept: browser })).json()).toMatchObject({ code: 'not_found' });
});

it('leads to the page of the API where nothing was built', async () => {
  const answer = await (await serve(false))('/');
  expect(answer.statusCode).toBe(302);
  expect(answer.headers.location).toBe('/docs');
});
