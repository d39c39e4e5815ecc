import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP wire to a port of this machine, which tests can cut and freeze. */
export async function openWire(to: number, port: number) {
  const sockets = new Set<Socket>();
  let isFrozen = false;
  const listener = createServer((near) => {
    const far = connect(to, '127.0.0.1');
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
      if (isFrozen) socket.pause();
    }
    near.on('data', (bytes) => relay(bytes, near, far));
    far.on('data', (bytes) => relay(bytes, far, near));
    if (isFrozen) for (const socket of [near, far]) socket.pause();
  });
  const relay = (bytes: Buffer, from: Socket, onto: Socket): void => {
    if (onto.write(bytes)) return;
    from.pause();
    onto.once('drain', () => {
      if (!isFrozen) from.resume();
    });
  };
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(port, '127.0.0.1', resolve);
  });
  const cut = (): void => {
    for (const socket of [...sockets]) socket.destroy();
  };
  return {
    port: (listener.address() as AddressInfo).port,
    cut,
    freeze(): void {
      isFrozen = true;
      for (const socket of sockets) socket.pause();
    },
    thaw(): void {
      isFrozen = false;
      for (const socket of sockets) socket.resume();
    },
    async close(): Promise<void> {
      cut();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}
