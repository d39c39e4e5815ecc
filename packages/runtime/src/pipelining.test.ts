import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { fastify } from 'fastify';
import { expect, test } from 'vitest';
import { limitPipelining, PIPELINED_MAX } from './pipelining.ts';

test('a connection may have some requests unanswered; with more it is closed, and they never begin', async () => {
  const app = fastify();
  limitPipelining(app);
  let begun = 0;
  app.get<{ Querystring: { nth: string } }>('/prompt', async ({ query }) => query.nth);
  app.get('/never', () => {
    begun++;
    return new Promise(() => {});
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const requests = (path: string, count: number) =>
    Array.from({ length: count }, (_, nth) => `GET ${path}?nth=${nth} HTTP/1.1\r\nHost: localhost\r\n\r\n`).join('');
  try {
    const patient = connect(port, '127.0.0.1');
    let answers = '';
    patient.setEncoding('latin1').on('data', (chunk: string) => {
      answers += chunk;
    });
    for (let round = 1; round <= 3; round++) {
      patient.write(requests('/prompt', PIPELINED_MAX));
      await expect.poll(() => answers.split('HTTP/1.1 200').length - 1).toBe(round * PIPELINED_MAX);
    }
    patient.destroy();

    const greedy = connect(port, '127.0.0.1');
    greedy.on('error', () => {});
    const closed = once(greedy, 'close');
    greedy.write(requests('/never', 1000));
    await closed;
    expect(begun).toBeLessThanOrEqual(PIPELINED_MAX);
    expect((await app.inject('/prompt?nth=5')).body).toBe('5');
  } finally {
    await app.close();
  }
});
