import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { HttpServer } from './http-server.ts';

/**
 * For tests: a connection on which the test writes the bytes itself; it makes the app listen on
 * loopback.
 */
export interface RawConnection {
  readonly socket: Socket;
  /** Resolves to everything received so far, once it matches the pattern. */
  received(pattern: RegExp): Promise<string>;
  /** Resolves once the other side has closed the connection, whether cleanly or not. */
  gone(): Promise<void>;
}

/**
 * `isStubborn`: the connection stays half-open after the server ends it, like a malicious client's.
 */
export async function rawConnection(app: HttpServer, isStubborn = false): Promise<RawConnection> {
  if (!app.server.listening) await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: isStubborn });
  let text = '';
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    text += chunk;
  });
  await once(socket, 'connect');
  return {
    socket,
    async received(pattern) {
      while (!pattern.test(text)) await once(socket, 'data');
      return text;
    },
    gone: () => closed,
  };
}
