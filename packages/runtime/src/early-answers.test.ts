import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { BODY_ARRIVAL_MAX_MS, LINGER_BYTES_MAX, LINGER_MAX_MS } from './early-answers.ts';
import { createHttpServer } from './http-server.ts';
import { createKey, readKeys } from './keys.ts';
import { createLogger } from './logger.ts';
import { rawConnection } from './raw-connection.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

async function start(isOpen = false) {
  const file = join(mkdtempSync(join(tmpdir(), 'keys-')), 'keys.json');
  writeFileSync(file, JSON.stringify([createKey({ name: 'ops', scopes: ['admin'] }).entry]));
  const app = await createHttpServer({
    logger: createLogger({ level: 'silent' }),
    ...(isOpen ? {} : { keys: readKeys(file) }),
  });
  onTestFinished(() => {
    app.server.closeAllConnections();
    return app.close();
  });
  // Routes that wait for a body that never arrives.
  for (const [url, mayStream] of [
    ['/whole', undefined],
    ['/stream', () => true],
    ['/v1/things', undefined],
  ] as const) {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', (_request, _payload, done) => done(null));
    const scope = url.startsWith('/v1') ? 'admin' : 'public';
    app.post(url, { config: { scope, ...(mayStream && { mayStream }) } }, async (request) => {
      request.raw.resume();
      await once(request.raw, 'end');
      return {};
    });
  }
  return { app, ...(await rawConnection(app, true)) };
}

const HEAD = (path: string) =>
  `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n[\r\n`;

it.each([
  [400, '/v1/things/%ff'],
  [401, '/v1/things'],
  [404, '/nowhere'],
  [405, '/metrics'],
])('%i before the end of a body closes the connection, though its sender goes on for ever', async (status, path) => {
  const { socket, received, gone } = await start();
  const chunk = setInterval(() => socket.write('1\r\n \r\n'), 5);
  onTestFinished(() => clearInterval(chunk));
  const ended = once(socket, 'end');
  socket.write(HEAD(path));
  expect(await received(/\r\n\r\n\{.*\}/s)).toMatch(new RegExp(`^HTTP/1.1 ${status} .*connection: close`, 's'));
  await ended;
  vi.advanceTimersByTime(LINGER_MAX_MS);
  await gone();
});

it('what a stranger sends on after such an answer is read for a while, and no longer', async () => {
  const { socket, received, gone } = await start();
  socket.write(HEAD('/nowhere'));
  await received(/not_found/);
  const block = `10000\r\n${'x'.repeat(65_536)}\r\n`;
  let sent = 0;
  const sending = setInterval(() => {
    socket.write(block);
    sent += 65_536;
  }, 5);
  onTestFinished(() => clearInterval(sending));
  await gone();
  expect(sent).toBeGreaterThanOrEqual(LINGER_BYTES_MAX);
});

it('what is sent on where no key is asked for is read to its end, so that the answer is not lost', async () => {
  const { socket, received, gone } = await start(true);
  socket.write(HEAD('/nowhere'));
  await received(/not_found/);
  for (let sent = 0; sent < 4 * LINGER_BYTES_MAX; sent += 65_536) {
    const isTaken = socket.write(`10000\r\n${'x'.repeat(65_536)}\r\n`);
    if (!isTaken) await once(socket, 'drain');
  }
  socket.end('0\r\n\r\n');
  await gone();
  expect(socket.errored).toBeNull();
});

it('a sender that comes to its end has the answer, and an orderly end', async () => {
  const { socket, received, gone } = await start();
  socket.write(HEAD('/nowhere'));
  await received(/not_found/);
  socket.end('0\r\n\r\n');
  await gone();
});

it('a body that does not arrive is answered 408, unless the route takes streams', async () => {
  const { app, socket, received } = await start();
  const whole = received(/HTTP\/1.1 408 .*connection: close.*request_timeout/s);
  socket.write(HEAD('/whole'));
  const stream = await rawConnection(app);
  stream.socket.write(HEAD('/stream'));
  await expect.poll(() => vi.getTimerCount()).toBeGreaterThan(0);
  vi.advanceTimersByTime(BODY_ARRIVAL_MAX_MS);
  await whole;
  stream.socket.write('0\r\n\r\n');
  expect(await stream.received(/\r\n\r\n\{\}/)).toMatch(/^HTTP\/1.1 200/);
});

it('a body that came whole leaves its connection open, whatever the answer', async () => {
  const { socket, received } = await start();
  const request = (path: string) =>
    `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]`;
  socket.write(request('/nowhere'));
  expect(await received(/not_found/)).not.toContain('connection: close');
  socket.write(request('/whole'));
  await received(/HTTP\/1.1 200/);
});
