import { Readable } from 'node:stream';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { expect, it, onTestFinished } from 'vitest';
import { createHttpServer } from './http-server.ts';
import { createLogger } from './logger.ts';
import { Problem } from './problem.ts';

const long = { items: Array.from({ length: 200 }, (_, n) => ({ id: `order-${n}`, score: n / 3 })) };

async function start() {
  const app = await createHttpServer({ logger: createLogger({ level: 'silent' }) });
  onTestFinished(() => app.close());
  app.get('/long', async () => long);
  app.get('/short', async () => ({ ok: true }));
  app.get('/lines', (_request, reply) =>
    reply.type('application/x-ndjson').send(Readable.from(['{"a":1}\n', '{"a":2}\n'])),
  );
  app.get('/bytes', (_request, reply) => reply.type('image/png').send(Buffer.alloc(5000)));
  app.get('/fails', async () => {
    throw new Problem('not_found', 'x'.repeat(2000));
  });
  return (url: string, encoding?: string, method: 'GET' | 'HEAD' = 'GET') =>
    app.inject({ url, method, headers: encoding === undefined ? {} : { 'accept-encoding': encoding } });
}

it.each([
  ['gzip', gunzipSync],
  ['br', brotliDecompressSync],
  ['gzip, deflate, br', brotliDecompressSync],
])('a reader that accepts %s gets the same answer in a fraction of its bytes', async (accepted, decompress) => {
  const get = await start();
  const plain = await get('/long');
  const answer = await get('/long', accepted);
  expect(answer.headers['content-encoding']).toBe(accepted.split(', ').at(-1));
  expect(answer.rawPayload.length).toBeLessThan(plain.rawPayload.length / 3);
  expect(JSON.parse(decompress(answer.rawPayload).toString())).toEqual(long);
  expect(answer.headers['content-type']).toBe(plain.headers['content-type']);
});

it('who accepts nothing gets it plain, and caches are told that it depends on what is accepted', async () => {
  const get = await start();
  for (const accepted of [undefined, 'identity', 'zstd', 'gzip;q=0']) {
    const answer = await get('/long', accepted);
    expect(answer.headers['content-encoding']).toBeUndefined();
    expect(answer.json()).toEqual(long);
    expect(answer.headers.vary).toBe('accept-encoding');
  }
  expect((await get('/long', 'gzip')).headers.vary).toBe('accept-encoding');
});

it('what is small, or compressed by its nature, is left as it is', async () => {
  const get = await start();
  expect((await get('/short', 'gzip, br')).json()).toEqual({ ok: true });
  for (const url of ['/short', '/bytes']) {
    expect((await get(url, 'gzip, br')).headers['content-encoding']).toBeUndefined();
  }
});

it('streams and problem documents are compressed too', async () => {
  const get = await start();
  const lines = await get('/lines', 'gzip');
  expect(gunzipSync(lines.rawPayload).toString()).toBe('{"a":1}\n{"a":2}\n');
  expect(lines.headers['content-length']).toBeUndefined();
  const problem = await get('/fails', 'br');
  expect(problem.statusCode).toBe(404);
  expect(problem.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(JSON.parse(brotliDecompressSync(problem.rawPayload).toString())).toMatchObject({ code: 'not_found' });
});

it('HEAD says no length that GET does not have', async () => {
  const get = await start();
  const head = await get('/long', 'gzip', 'HEAD');
  expect(head).toMatchObject({ statusCode: 200, body: '' });
  expect(head.headers['content-type']).toBe((await get('/long')).headers['content-type']);
  expect(head.headers['content-length']).toBeUndefined();
  expect((await get('/long', undefined, 'HEAD')).headers['content-length']).toBe(String(JSON.stringify(long).length));
});
