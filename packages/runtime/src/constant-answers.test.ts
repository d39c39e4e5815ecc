import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { fastify } from 'fastify';
import { expect, onTestFinished, test } from 'vitest';
import { compressAnswers } from './compress-answers.ts';
import { keepConstantAnswers, LONG_AT_ONCE } from './constant-answers.ts';

const TEXT = 'as it is, word for word; '.repeat(1000);

async function start() {
  const app = fastify();
  onTestFinished(() => app.close());
  await compressAnswers(app);
  let made = 0;
  await app.register(async (scope) => {
    keepConstantAnswers(scope);
    scope.get('/failing', async () => {
      throw new Error('not to be had');
    });
    scope.get('/text', async (_request, reply) => {
      made++;
      return reply.type('text/plain').header('etag', 'W/"1"').send(TEXT);
    });
  });
  const ask = (url: string, headers: Record<string, string> = {}) => app.inject({ url, headers });
  return { ask, made: () => made };
}

test('an answer that never changes is made and compressed once for an encoding, however its path is spelt', async () => {
  const { ask, made } = await start();
  for (const url of ['/text', '/text', '/%74ext']) {
    const { statusCode, headers, rawPayload } = await ask(url, { 'accept-encoding': 'gzip, br' });
    expect([statusCode, headers['content-encoding'], headers['content-type']]).toEqual([200, 'br', 'text/plain']);
    expect(headers['content-length']).toBe(String(rawPayload.length));
    expect(brotliDecompressSync(rawPayload).toString()).toBe(TEXT);
  }
  expect(made()).toBe(1);
  const zipped = await ask('/text', { 'accept-encoding': 'gzip, br;q=0' });
  expect(gunzipSync(zipped.rawPayload).toString()).toBe(TEXT);
  expect((await ask('/text')).body).toBe(TEXT);
  expect((await ask('/text')).headers).not.toHaveProperty('content-encoding');
  expect(made()).toBe(3);
});

test('those who ask for the same answer at once wait for the first, also where it is none to keep', async () => {
  const { ask, made } = await start();
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask('/text', { 'accept-encoding': 'br' })));
  expect(answers.map(({ rawPayload }) => brotliDecompressSync(rawPayload).toString())).toEqual(Array(20).fill(TEXT));
  expect(made()).toBe(1);
  const unknown = await Promise.all(Array.from({ length: 3 }, () => ask('/nothing-here')));
  expect(unknown.map(({ statusCode }) => statusCode)).toEqual([404, 404, 404]);
  const failed = await Promise.all(Array.from({ length: 3 }, () => ask('/failing')));
  expect(failed.map(({ statusCode }) => statusCode)).toEqual([500, 500, 500]);
});

test('whoever has it already is told so', async () => {
  const { ask } = await start();
  await ask('/text');
  const { statusCode, body } = await ask('/text', { 'if-none-match': 'W/"1"' });
  expect([statusCode, body]).toEqual([304, '']);
});

test('an answer to a query is made each time, and sent as it is', async () => {
  const { ask, made } = await start();
  for (let time = 0; time < 2; time++) {
    expect((await ask('/text?a=1', { 'accept-encoding': 'br' })).body).toBe(TEXT);
  }
  expect(made()).toBe(2);
});

test('an address that asks for much and reads nothing leaves room for others, and has its answers later', async () => {
  const app = fastify();
  onTestFinished(() => app.close());
  const long = randomBytes(16 * 1024 * 1024);
  const sent: string[] = [];
  await app.register(async (scope) => {
    keepConstantAnswers(scope, 60_000);
    scope.addHook('onSend', async (request) => void sent.push(request.ip));
    scope.get('/long', async (_request, reply) => reply.type('application/octet-stream').send(long));
  });
  expect((await app.inject({ url: '/long', remoteAddress: '127.0.0.9' })).rawPayload.length).toBe(long.length);
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const askers = await Promise.all(
    Array.from({ length: 8 }, async () => {
      const socket = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.2' });
      socket.write('GET /long HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
      await once(socket, 'connect');
      return socket;
    }),
  );
  await expect.poll(() => sent.length).toBe(1 + LONG_AT_ONCE - 1);
  const neighbour = await app.inject({ url: '/long', remoteAddress: '127.0.0.3' });
  expect(neighbour.rawPayload.equals(long)).toBe(true);
  expect(sent.filter((ip) => ip === '127.0.0.2')).toHaveLength(LONG_AT_ONCE - 1);
  const received = await Promise.all(askers.map((socket) => buffer(socket)));
  expect(received.every((bytes) => bytes.subarray(-long.length).equals(long))).toBe(true);
});
