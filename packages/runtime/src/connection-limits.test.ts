import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { EXCESS_MAX, EXCESS_MS } from './connection-limits.ts';
import { createHttpServer, type HttpServerOptions } from './http-server.ts';
import { createLogger } from './logger.ts';
import { type RawConnection, rawConnection } from './raw-connection.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

async function start(options: Partial<HttpServerOptions>) {
  const app = await createHttpServer({ logger: createLogger({ level: 'silent' }), ...options });
  app.get('/v1/thing', async () => ({}));
  onTestFinished(() => {
    app.server.closeAllConnections();
    return app.close();
  });
  return { open: () => rawConnection(app) };
}

const ask = ({ socket, received }: RawConnection, path: string) => {
  socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  return received(/\r\n\r\n\{.*\}/s);
};

it.each([
  ['the connections of all', { connectionsMax: 1 }],
  ['those of one address', { connectionsMax: 100, connectionsPerAddressMax: 1 }],
])('beyond %s health is told, and nothing else', async (_, limits) => {
  const { open } = await start(limits);
  const first = await open();
  expect(await ask(first, '/healthz')).toMatch(/^HTTP\/1.1 200/);
  expect(await ask(await open(), '/healthz')).toMatch(/^HTTP\/1.1 200 .*connection: close/s);
  expect(await ask(await open(), '/readyz')).toMatch(/^HTTP\/1.1 200/);
  const refused = await ask(await open(), '/v1/thing');
  expect(refused).toMatch(/^HTTP\/1.1 503 .*connection: close.*"code":"overloaded"/s);
  expect(refused).toMatch(/retry-after: 5/);
  first.socket.destroy();
  await expect.poll(async () => (await ask(await open(), '/v1/thing')).slice(0, 12)).toBe('HTTP/1.1 200');
});

it('a proxy that is trusted may have all connections', async () => {
  const { open } = await start({ connectionsPerAddressMax: 1, isTrustedProxy: (address) => address === '127.0.0.1' });
  await open();
  expect(await ask(await open(), '/v1/thing')).toMatch(/^HTTP\/1.1 200/);
});

it('of those beyond the limit the oldest gives way, and each is kept for a moment only', async () => {
  const { open } = await start({ connectionsMax: 1 });
  await open();
  const oldest = await open();
  const others: RawConnection[] = [];
  while (others.length < EXCESS_MAX) others.push(await open());
  await oldest.gone();
  vi.advanceTimersByTime(EXCESS_MS);
  await Promise.all(others.map(({ gone }) => gone()));
});
