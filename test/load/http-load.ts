import { connect, type Socket } from 'node:net';
import { sampleEvents } from './sample-events.ts';

/**
 * Order for a load generator, which runs as a child process so that it does not share the server's
 * thread.
 */
export interface LoadOrder {
  readonly port: number;
  readonly requests: number;
  readonly eventsPerRequest: number;
  readonly connections: number;
  /** Another seed gives other events. */
  readonly seed: number;
  /** Upper limit of the events per second; absent: as fast as they are answered. */
  readonly eventsPerSecond?: number;
}

export interface LoadReport {
  readonly eventsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Number of answers other than 200. */
  readonly failures: number;
}

/**
 * Builds all requests beforehand, so that the generator only writes and reads while the time is
 * measured.
 */
function buildRequests({ requests, eventsPerRequest, seed }: LoadOrder): Buffer[] {
  // Events of now: most deadlines of a distant past would be overdue at once and be announced.
  const events = sampleEvents(requests * eventsPerRequest, { seed, startAt: Date.now() });
  return Array.from({ length: requests }, (_, i) => {
    const batch = events.slice(i * eventsPerRequest, (i + 1) * eventsPerRequest);
    const body = JSON.stringify(eventsPerRequest === 1 ? batch[0] : batch);
    const head = `POST /v1/events HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`;
    return Buffer.from(head + body);
  });
}

/** Each connection sends its next request when the previous one is answered. */
async function run(order: LoadOrder, requests: readonly Buffer[]): Promise<LoadReport> {
  const sockets = await Promise.all(Array.from({ length: order.connections }, () => open(order.port)));
  const times: number[] = [];
  let next = 0;
  let failures = 0;
  const started = performance.now();
  await Promise.all(
    sockets.map(async (socket) => {
      const answers = answersOf(socket);
      for (let mine = next++; mine < requests.length; mine = next++) {
        if (order.eventsPerSecond !== undefined) {
          const due = started + (mine * order.eventsPerRequest * 1000) / order.eventsPerSecond;
          await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
        }
        const sentAt = performance.now();
        socket.write(requests[mine]!);
        const status = await answers();
        times.push(performance.now() - sentAt);
        if (status !== 200) failures++;
      }
      socket.destroy();
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  times.sort((a, b) => a - b);
  return {
    eventsPerSecond: (requests.length * order.eventsPerRequest) / seconds,
    p50Ms: times[Math.floor(times.length * 0.5)] ?? 0,
    p99Ms: times[Math.floor(times.length * 0.99)] ?? 0,
    failures,
  };
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(socket));
    socket.on('error', reject);
  });
}

/** Reads complete answers one by one; understands only answers with `content-length`. */
function answersOf(socket: Socket): () => Promise<number> {
  let pending = '';
  let resolve: (status: number) => void = () => {};
  socket.on('data', (chunk: Buffer) => {
    pending += chunk.toString('latin1');
    const end = pending.indexOf('\r\n\r\n');
    if (end === -1) return;
    const length = Number(/content-length: (\d+)/i.exec(pending)?.[1] ?? 0);
    if (pending.length < end + 4 + length) return;
    const status = Number(pending.slice(9, 12));
    pending = pending.slice(end + 4 + length);
    resolve(status);
  });
  return () =>
    new Promise((settle) => {
      resolve = settle;
    });
}

// In the child process: it receives an order, replies "ready", receives "go", and replies with a
// report.
if (process.send !== undefined) {
  process.once('disconnect', () => process.exit());
  let order: LoadOrder | undefined;
  let requests: Buffer[] = [];
  process.on('message', (message: LoadOrder | 'go') => {
    if (message !== 'go') {
      order = message;
      requests = buildRequests(order);
      process.send?.('ready');
    } else if (order !== undefined) {
      void run(order, requests).then((report) => {
        requests = [];
        process.send?.(report);
      });
    }
  });
}
