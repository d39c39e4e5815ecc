import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { fastify } from 'fastify';
import { expect, onTestFinished, test } from 'vitest';
import { compressAnswers } from './compress-answers.ts';
import { keepConstantAnswers } from './constant-answers.ts';

const TEXT = 'as it is, word for word; '.repeat(1000);

async function start() {
  const app = fastify();
  onTestFinished(() => app.close());
  await compressAnswers(app);
  let made = 0;
  await app.register(async (scope) => {
    keepConstantAnswers(scope);
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
