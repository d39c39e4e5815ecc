import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { HttpServer } from './http-server.ts';

/** For tests: a connection whose bytes the test writes itself, to an app that listens on loopback from then on. */
export interface RawConnection {
  readonly socket: Socket;
  /** Resolves with all that was received once it matches. */
  received(pattern: RegExp): Promise<string>;
  /** Resolves once the other side is gone, however it went. */
  gone(): Promise<void>;
}

/** `isStubborn`: it does not end when the other side does, as whoever means harm. */
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
