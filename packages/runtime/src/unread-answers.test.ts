import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { fastify } from 'fastify';
import { expect, test } from 'vitest';
import { guardAccess } from './access.ts';
import { answerProblems } from './problem-handler.ts';
import { limitUnreadAnswers } from './unread-answers.ts';

/** More than the buffers of a connection take. */
const LONG = 'x'.repeat(16 * 1024 * 1024);

test('long answers that callers do not read are limited, for each caller to half, until they leave', async () => {
  const app = fastify();
  answerProblems(app);
  guardAccess(app, undefined);
  limitUnreadAnswers(app, 2.5 * LONG.length);
  app.get('/long', async () => LONG);
  app.get('/short', async () => 'short');
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const statusOf = async (path: string) => (await app.inject(path)).statusCode;
  const sockets: Socket[] = [];
  /** Resolves when the answer has begun, and reads no more of it. */
  const askFrom = async (localAddress: string) => {
    const socket = connect({ host: '127.0.0.1', port, localAddress });
    sockets.push(socket);
    socket.write('GET /long HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await once(socket, 'readable');
    return String(socket.read(12));
  };
  try {
    expect(await askFrom('127.0.0.2')).toBe('HTTP/1.1 200');
    expect(await askFrom('127.0.0.2')).toBe('HTTP/1.1 503');
    expect(await askFrom('127.0.0.3')).toBe('HTTP/1.1 200');
    expect(await statusOf('/long')).toBe(503);
    expect(await statusOf('/short')).toBe(200);
    for (const socket of sockets) socket.destroy();
    await expect.poll(() => statusOf('/long')).toBe(200);
  } finally {
    for (const socket of sockets) socket.destroy();
    await app.close();
  }
});
