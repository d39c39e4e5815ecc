import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { status } from '@grpc/grpc-js';
import { parseKafkaUrl } from '@touchstone/event-bus';
import type { EventStore } from '@touchstone/event-store';
import { createLogger, type Logger, readConfig } from '@touchstone/runtime';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openKafka } from '../../services/touchstone/src/kafka.ts';
import { folderInWords, makeDataFolder, openingOf } from '../../services/touchstone/src/open-servers.ts';
import { accessDenied, RpcError } from '../eventstoredb-server/messages.ts';
import { type EventStoreDbServer, startEventStoreDbServer } from '../eventstoredb-server/server.ts';
import { sharedBroker } from '../kafka-broker/shared-broker.ts';
import { describeWith } from '../servers-here/describe-with.ts';

/** Each error must appear within this time. */
const SAID_WITHIN_MS = 5_000;

const folder = mkdtempSync(join(tmpdir(), 'touchstone-start-'));
const closing: (() => Promise<unknown> | unknown)[] = [];
afterAll(async () => {
  for (const close of closing) await close();
  rmSync(folder, { recursive: true, force: true });
});

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

interface Given {
  readonly EVENT_STORE_URL?: string;
  readonly CLICKHOUSE_URL?: string;
  readonly KAFKA_URL?: string;
}

/**
 * The first output after the start, and after how many ms: a warning while the start retries, or
 * the error that ends it. `isThere`: there is a Kafka to connect to.
 */
async function firstSaid(given: Given, isThere = false): Promise<{ readonly words: string; readonly ms: number }> {
  const begun = performance.now();
  const config = readConfig({ TOUCHSTONE_DATA: folder, ...given });
  const words = await new Promise<string>((resolve) => {
    const logger = { warn: (said: string) => resolve(said) } as unknown as Logger;
    const opening = openingOf(config, logger);
    const opened =
      given.EVENT_STORE_URL !== undefined
        ? opening.eventStore().then((store) => store.close())
        : given.CLICKHOUSE_URL !== undefined
          ? opening.tables({} as EventStore).then((tables) => tables.close())
          : opening.kafka(() => (isThere ? kafkaOf(given.KAFKA_URL!) : never()));
    opened.then(
      () => resolve('nothing'),
      (error: Error) => resolve(error.message),
    );
  });
  return { words, ms: performance.now() - begun };
}

const never = () => new Promise<void>((_, reject) => closing.push(() => reject(new Error('over'))));

async function kafkaOf(url: string): Promise<void> {
  const { bus } = await openKafka(parseKafkaUrl(url), createLogger({ level: 'silent' }));
  await bus.close();
}

async function expectSaid(given: Given, ...said: readonly (string | RegExp)[]): Promise<void> {
  const { words, ms } = await firstSaid(given);
  for (const part of said) expect(words).toMatch(part);
  expect(words).toMatch(/What to do: .{10,}/);
  expect(words).not.toContain('s3cret');
  expect(ms).toBeLessThan(SAID_WITHIN_MS);
}

const NOBODY = '127.0.0.1:1';

test.each<[string, Given, RegExp]>([
  ['EventStoreDB', { EVENT_STORE_URL: `esdb://${NOBODY}?tls=false` }, /EVENT_STORE_URL says that EventStoreDB is/],
  ['EventStoreDB of three nodes', { EVENT_STORE_URL: `esdb://${NOBODY},127.0.0.1:2,127.0.0.1:3` }, /EVENT_STORE_URL/],
  ['ClickHouse', { CLICKHOUSE_URL: `http://${NOBODY}` }, /CLICKHOUSE_URL says that ClickHouse is/],
  ['Kafka', { KAFKA_URL: `kafka://${NOBODY}` }, /KAFKA_URL says that Kafka is/],
])('%s: nobody there', async (_server, given, says) => {
  await expectSaid(given, /^Nobody answers at 127\.0\.0\.1:1/, says, /start (EventStoreDB|ClickHouse|Kafka) there/);
});

test.each<[string, Given]>([
  ['EventStoreDB', { EVENT_STORE_URL: 'esdb://no-such-host.invalid:2113' }],
  ['ClickHouse', { CLICKHOUSE_URL: 'http://no-such-host.invalid:8123' }],
  ['Kafka', { KAFKA_URL: 'kafka://no-such-host.invalid:9092' }],
])('%s: a host that nobody knows', async (_server, given) => {
  await expectSaid(given, /^The host no-such-host\.invalid, where \w+_URL says/, /is not known here/);
});

test('EventStoreDB: a name and password that are refused', async () => {
  const server = await eventStoreDb();
  server.faults.read = () => new RpcError(status.UNAUTHENTICATED, 'Unauthenticated');
  server.faults.append = () => new RpcError(status.UNAUTHENTICATED, 'Unauthenticated');
  const url = server.url.replace('esdb://', 'esdb://ada:s3cret@');
  await expectSaid({ EVENT_STORE_URL: url }, /does not take the name ada with its password/, /EVENT_STORE_URL/);
  await expectSaid({ EVENT_STORE_URL: server.url }, /asks for a name and a password/, /EVENT_STORE_URL/);
});

test('EventStoreDB: a user who may not read $all', async () => {
  const server = await eventStoreDb();
  server.faults.read = ({ stream }) => (stream === undefined ? accessDenied() : undefined);
  const url = server.url.replace('esdb://', 'esdb://ada:s3cret@');
  await expectSaid({ EVENT_STORE_URL: url }, /does not let the user ada/, /the right to read \$all/, /EVENT_STORE_URL/);
});

async function eventStoreDb(): Promise<EventStoreDbServer> {
  const server = await startEventStoreDbServer();
  closing.push(() => server.stop());
  return server;
}

test('ClickHouse: a name and password that are refused', async () => {
  const refusing = createHttpServer((_request, response) => {
    response.writeHead(403, { 'x-clickhouse-exception-code': '516' });
    response.end(
      'Code: 516. DB::Exception: ada: Authentication failed: password is incorrect. (AUTHENTICATION_FAILED)',
    );
  });
  const port = await listening(refusing);
  await expectSaid(
    { CLICKHOUSE_URL: `http://ada:s3cret@127.0.0.1:${port}` },
    /Authentication failed/,
    /put the name and password of a user .* into CLICKHOUSE_URL/,
  );
});

test('servers that speak no TLS, where it is asked for', async () => {
  const eventStore = await eventStoreDb();
  await expectSaid(
    { EVENT_STORE_URL: `esdb://127.0.0.1:${eventStore.port}` },
    /EventStoreDB at 127\.0\.0\.1:\d+ speaks no TLS/,
    /tls=false/,
  );
  const http = await listening(createHttpServer((_request, response) => response.end('Ok.')));
  await expectSaid({ CLICKHOUSE_URL: `https://127.0.0.1:${http}` }, /speaks no TLS/, /begin CLICKHOUSE_URL with http:/);
  // A broker closes the connection like this after a request that is too long to be one.
  const broker = await listening(createServer((socket) => socket.once('data', () => socket.destroy())));
  await expectSaid({ KAFKA_URL: `kafka://127.0.0.1:${broker}?ssl=true` }, /speaks no TLS/, /take ssl=true/);
});

const describeWithKafka = await describeWith('kafka');

describeWithKafka('Kafka', () => {
  let broker: Awaited<ReturnType<typeof sharedBroker>>;
  beforeAll(async () => {
    broker = await sharedBroker();
  });
  afterAll(() => broker?.release());

  test.each<[string, (url: string) => string, RegExp]>([
    ['a password that is refused', (url) => url.replace(/:[^:@]+@/, ':s3cret@'), /check the user, password/],
    [
      'a way of logging in that it does not offer',
      (url) => `${url}${url.includes('?') ? '&' : '?'}mechanism=scram-sha-512`,
      /\?mechanism= in KAFKA_URL/,
    ],
  ])('%s', async (_what, mistaken, advice) => {
    const KAFKA_URL = mistaken(broker.saslUrl);
    const { words, ms } = await firstSaid({ KAFKA_URL }, true);
    expect(words).toMatch(advice);
    expect(words).toMatch(/What to do: .{10,}/);
    expect(words).not.toContain('s3cret');
    expect(ms).toBeLessThan(SAID_WITHIN_MS);
  });
});

const describeWithOpenssl = await describeWith('openssl');

describeWithOpenssl('servers with TLS', () => {
  const ca = join(folder, 'ca.crt');
  let port: number;
  let inner: EventStoreDbServer;
  beforeAll(async () => {
    inner = await eventStoreDb();
    const key = join(folder, 'server.key');
    const options = ['-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'];
    const names = ['-addext', 'subjectAltName=IP:127.0.0.1'];
    execFileSync('openssl', ['req', '-x509', ...options, ...names, '-keyout', key, '-out', ca], { stdio: 'pipe' });
    const tls = { key: readFileSync(key), cert: readFileSync(ca), ALPNProtocols: ['h2', 'http/1.1'] };
    const inFront = createTlsServer(tls, (secured) => {
      const plain = connect(inner.port, '127.0.0.1');
      secured.pipe(plain).pipe(secured);
      for (const socket of [secured, plain]) socket.on('error', () => [secured, plain].map((each) => each.destroy()));
    });
    port = await listening(inFront);
  });

  test.each<[string, (at: string) => Given, RegExp]>([
    ['EventStoreDB', (at) => ({ EVENT_STORE_URL: `esdb://${at}` }), /EVENT_STORE_URL: \?tlsCaFile=/],
    ['ClickHouse', (at) => ({ CLICKHOUSE_URL: `https://${at}` }), /CLICKHOUSE_URL: \?ca=/],
    ['Kafka', (at) => ({ KAFKA_URL: `kafka://${at}?ssl=true` }), /KAFKA_URL: \?ssl=true&ca=/],
  ])('%s: a certificate that cannot be verified', async (_server, given, advice) => {
    await expectSaid(
      given(`127.0.0.1:${port}`),
      /^The certificate of \w+ at 127\.0\.0\.1:\d+ cannot be verified: no authority that is trusted here/,
      advice,
    );
  });

  test.each<[string, (at: string) => Given, RegExp]>([
    ['EventStoreDB', (at) => ({ EVENT_STORE_URL: `esdb://${at}?tls=false` }), /take tls=false out of EVENT_STORE_URL/],
    ['ClickHouse', (at) => ({ CLICKHOUSE_URL: `http://${at}` }), /begin CLICKHOUSE_URL with https:/],
    ['Kafka', (at) => ({ KAFKA_URL: `kafka://${at}` }), /put \?ssl=true into KAFKA_URL/],
  ])('%s: a connection without TLS to a server with it', async (_server, given, advice) => {
    await expectSaid(given(`127.0.0.1:${port}`), /speaks TLS, and \w+_URL asks for a connection without it/, advice);
  });

  test('a server whose authority is named is opened', async () => {
    const url = `esdb://127.0.0.1:${port}?tlsCaFile=${ca}`;
    expect((await firstSaid({ EVENT_STORE_URL: url })).words).toBe('nothing');
  });
});

test('a data folder that is a file, or lies in one', () => {
  const file = join(folder, 'a-file');
  writeFileSync(file, '');
  for (const path of [file, join(file, 'inside')]) {
    expect(() => makeDataFolder(path)).toThrow(`TOUCHSTONE_DATA=${path} is a file, or lies in one. What to do: set`);
  }
});

test('a data folder of another user, on a disk that is only read, or that is full', () => {
  const said = (code: string) => folderInWords('/data', Object.assign(new Error(code), { code })).message;
  for (const code of ['EACCES', 'EPERM'])
    expect(said(code)).toMatch(/^TOUCHSTONE_DATA=\/data belongs to another user.*What to do: start as/);
  expect(said('EROFS')).toMatch(/^TOUCHSTONE_DATA=\/data lies on a disk that is mounted for reading alone.*What to do/);
  expect(said('ENOSPC')).toMatch(/^TOUCHSTONE_DATA=\/data has no room left.*What to do/);
});

test.skipIf(process.getuid?.() !== 0)('a data folder of another user is met as such (needs to run as root)', () => {
  const theirs = join(folder, 'theirs');
  mkdirSync(theirs, { mode: 0o700 });
  process.seteuid!(65_534);
  try {
    expect(() => makeDataFolder(join(theirs, 'data'))).toThrow(/belongs to another user/);
  } finally {
    process.seteuid!(0);
  }
});
