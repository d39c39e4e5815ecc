import { Agent } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { send } from './send.ts';

/** The system under attack, the attacker's key, and the signal that ends the attack. */
export interface Target {
  readonly url: string;
  readonly key: string;
  readonly signal: AbortSignal;
}

/** Resolves to a tally of the answers, e.g. `200 × 3, 503 × 9`. */
export type Attack = (target: Target) => Promise<string>;

const DAY_MS = 86_400_000;
const EVENTS_MAX = 5_000;
const BODY_BYTES = 16_000_000;

/**
 * Attacks within the power of one caller (sending, asking, holding connections open), one after the
 * other on the same system. Each makes its bodies before the neighbours are measured.
 */
export const attacks: Readonly<Record<string, () => Attack>> = {
  '50,000 promises due one by one': () => {
    const bodies = batches(50_000, (i) =>
      event('touchstone.promise.made.v1', 'many-promises', i, {
        promiseId: `p${i}`,
        dueAt: new Date(Date.now() - 30 * DAY_MS + i * 1000).toISOString(),
      }),
    );
    return async (target) =>
      tally([...(await publish(target, bodies)), ...(await ask(target, 8, '/v1/customers/many-promises'))]);
  },
  'a customer of 100,000 events': () => {
    const bodies = batches(100_000, (i) => moment('many-events', i, { journeyId: `j${i % 1000}` }));
    return async (target) =>
      tally([...(await publish(target, bodies)), ...(await ask(target, 8, '/v1/customers/many-events'))]);
  },
  'a journey of 20,000 moments': () => {
    const bodies = batches(20_000, (i) => moment('one-journey', i, { journeyId: 'endless' }));
    const path = '/v1/journeys/endless?customerId=one-journey';
    return async (target) => tally([...(await publish(target, bodies)), ...(await ask(target, 60, path))]);
  },
  'one event of a million attributes': () => {
    const names = range(1_300_000, (i) => `"${i.toString(36)}":null`).join(',');
    const text = JSON.stringify(moment('c', 0, { attributes: 'NAMES' })).replace('"NAMES"', `{${names}}`);
    // Lowest quality, because the best takes half a minute.
    const body = brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } });
    return (target) => tallyOf(range(3, () => sendAs(target, { body, headers: { 'content-encoding': 'br' } })));
  },
  'batches of events with 200 bad attributes': () => {
    const attributes = Object.fromEntries(range(200, (i) => [`a${i}`, null]));
    const body = Buffer.from(JSON.stringify(range(EVENTS_MAX, (i) => moment('c', i, { attributes }))));
    return (target) => tallyOf(range(3, () => sendAs(target, { body })));
  },
  'a body of empty arrays': () => {
    const body = Buffer.from(`[${'[],'.repeat(5_000_000)}[]]`);
    return (target) => tallyOf(range(3, () => sendAs(target, { body })));
  },
  'a body in chunks of one byte': () => async (target) => {
    const socket = open(target, [bearer(target)]);
    const block = '1\r\nx\r\n'.repeat(10_922);
    for (let sent = 0; sent < 400 && !socket.destroyed && !target.signal.aborted; sent++)
      if (!socket.write(block)) await Promise.race([drained(socket), pause(1000)]);
    socket.destroy();
    return 'not waited for';
  },
  '200 slow bodies': () => (target) => holdOpen(target, 200, [bearer(target)]),
  '1,100 bodies without a key': () => (target) => holdOpen(target, 1_100, []),
  'names of 15 MiB in faults': () => {
    const body = Buffer.from(JSON.stringify(moment('c', 0, { attributes: { ['k'.repeat(BODY_BYTES - 1000)]: 1 } })));
    return async (target) => {
      const statuses = await all(range(10, () => sendAs(target, { body })));
      return tally([...statuses, ...(await ask(target, 4, '/v1/rejected?limit=40'))]);
    };
  },
  '700 filters in one question': () => (target) => {
    const filters = range(700, (i) => `attribute.a${i.toString(36)}=1`).join('&');
    return tallyOf(range(8, () => sendAs(target, { path: `/v1/journeys?limit=500&${filters}`, giveUpMs: 1000 })));
  },
  'questions that nobody waits for': () => (target) => {
    const filters = range(8, (i) => `attribute.a${i}=1`).join('&');
    return tallyOf(range(200, () => sendAs(target, { path: `/v1/journeys?limit=500&${filters}`, giveUpMs: 500 })));
  },
  'conservation asked by 40': () => (target) => tallyOf(range(40, () => sendAs(target, { path: '/v1/conservation' }))),
  'rejections read by 40': () => {
    const body = Buffer.from(
      JSON.stringify(range(EVENTS_MAX, (i) => ({ id: `rejected-${i}`, note: 'x'.repeat(2_500) }))),
    );
    return async (target) => {
      const status = await sendAs(target, { body });
      return tally([status, ...(await ask(target, 40, '/v1/rejected?limit=500'))]);
    };
  },
  'the log read by 40': () => (target) => tallyOf(range(40, () => sendAs(target, { path: '/v1/events?limit=5000' }))),
  'readiness asked over 128 connections': () => (target) => repeated(target, 128, { path: '/readyz', key: '' }),
  'files of the API page over 64 connections': () => (target) =>
    repeated(target, 64, {
      path: '/docs/static/swagger-ui-bundle.js',
      key: '',
      headers: { 'accept-encoding': 'br' },
    }),
  'guesses of keys over 64 connections': () => (target) =>
    repeated(target, 64, { path: '/v1/overview', key: 'guessed' }),
  'full batches, 16 at once': () => {
    const attributes = { note: 'x'.repeat(2_500) };
    const bodies = range(16, (nth) => batches(EVENTS_MAX, (i) => moment(`b${nth}`, i, { attributes }))).flat();
    return (target) => tallyOf(bodies.map((body) => sendAs(target, { body })));
  },
  'bodies that unpack to 512 MiB, 8 at once': () => {
    const body = gzipSync(Buffer.alloc(512 * 1024 * 1024, 0x20));
    return (target) => tallyOf(range(8, () => sendAs(target, { body, headers: { 'content-encoding': 'gzip' } })));
  },
  'lines without an end': () => {
    const body = Buffer.from('x'.repeat(BODY_BYTES));
    return (target) =>
      tallyOf(range(8, () => sendAs(target, { body, headers: { 'content-type': 'application/x-ndjson' } })));
  },
};

function range<Item>(count: number, of: (i: number) => Item): Item[] {
  return Array.from({ length: count }, (_, i) => of(i));
}

function event(type: string, subject: string, nth: number, data: object): object {
  const time = new Date(Date.now() - 31 * DAY_MS + nth).toISOString();
  return { specversion: '1.0', id: `${subject}-${nth}`, source: '/attacker', type, subject, time, data };
}

function moment(subject: string, nth: number, data: object): object {
  const journey = { journeyId: 'j', journeyType: 'attack' };
  const what = { touchpoint: 'desk.asked', channel: 'web', outcome: 'succeeded' };
  return event('touchstone.moment.recorded.v1', subject, nth, { ...journey, ...what, ...data });
}

/** Bodies of as many events as one may hold. */
function batches(count: number, of: (i: number) => object): readonly Buffer[] {
  return range(Math.ceil(count / EVENTS_MAX), (nth) => {
    const size = Math.min(EVENTS_MAX, count - nth * EVENTS_MAX);
    return Buffer.from(JSON.stringify(range(size, (i) => of(nth * EVENTS_MAX + i))));
  });
}

async function publish(target: Target, bodies: readonly Buffer[]): Promise<number[]> {
  const statuses: number[] = [];
  for (const body of bodies) if (!target.signal.aborted) statuses.push(await sendAs(target, { body }));
  return statuses;
}

function ask(target: Target, times: number, path: string): Promise<number[]> {
  return all(range(times, () => sendAs(target, { path })));
}

function all(statuses: readonly Promise<number>[]): Promise<number[]> {
  return Promise.all(statuses);
}

async function tallyOf(statuses: readonly Promise<number>[]): Promise<string> {
  return tally(await all(statuses));
}

/** 0 stands for no answer. */
function tally(statuses: readonly number[]): string {
  const counts = new Map<number, number>();
  for (const status of statuses) counts.set(status, (counts.get(status) ?? 0) + 1);
  return [...counts].map(([status, count]) => `${status === 0 ? 'nothing' : status} × ${count}`).join(', ');
}

interface SentAs {
  readonly path?: string;
  readonly body?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  /** Absent: the target's key; empty: no key. */
  readonly key?: string;
  readonly giveUpMs?: number;
  readonly agent?: Agent;
}

/** Status of the complete answer; 0 for none. */
async function sendAs({ url, key: ownKey, signal }: Target, sent: SentAs): Promise<number> {
  const { path = '/v1/events', body, headers, key = ownKey, giveUpMs, agent = new Agent() } = sent;
  const authorization = key === '' ? {} : { authorization: `Bearer ${key}` };
  const { status } = await send(`${url}${path}`, {
    agent,
    body,
    headers: { ...authorization, ...headers },
    signal: giveUpMs === undefined ? signal : AbortSignal.any([signal, AbortSignal.timeout(giveUpMs)]),
  });
  return status;
}

/**
 * Repeats a request for some seconds over this many connections; each sends again as soon as it is
 * answered.
 */
async function repeated(target: Target, connections: number, sent: SentAs): Promise<string> {
  const until = performance.now() + 5_000;
  const each = await Promise.all(
    range(connections, async () => {
      const agent = new Agent({ keepAlive: true });
      const statuses: number[] = [];
      while (performance.now() < until && !target.signal.aborted)
        statuses.push(await sendAs(target, { ...sent, agent }));
      agent.destroy();
      return statuses;
    }),
  );
  return tally(each.flat());
}

function bearer({ key }: Target): string {
  return `Authorization: Bearer ${key}`;
}

/** Opens a connection that has sent the headers of a chunked body. */
function open({ url }: Target, headers: readonly string[]): Socket {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => {});
  const head = ['Host: localhost', 'Content-Type: application/json', 'Transfer-Encoding: chunked', ...headers];
  socket.write(`POST /v1/events HTTP/1.1\r\n${head.join('\r\n')}\r\n\r\n`);
  return socket;
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('drain', resolve));
}

/** Bodies that never end: one byte per second, for ten seconds. */
async function holdOpen(target: Target, connections: number, headers: readonly string[]): Promise<string> {
  const statuses: number[] = [];
  const sockets = range(connections, () => {
    const socket = open(target, headers);
    socket.write('1\r\n[\r\n');
    socket.on('data', (chunk) => statuses.push(Number(chunk.toString('latin1').slice(9, 12))));
    return socket;
  });
  for (let second = 0; second < 10; second++) {
    await pause(1000);
    for (const socket of sockets) if (socket.writable) socket.write('1\r\n \r\n');
  }
  const closed = sockets.filter(({ destroyed }) => destroyed).length;
  for (const socket of sockets) socket.destroy();
  return `${tally(statuses)}; ${closed} of ${connections} closed`;
}
