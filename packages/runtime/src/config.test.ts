import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bodiesInFlightFor } from './bodies-in-flight.ts';
import { ConfigError, readConfig } from './config.ts';
import { isLoopback } from './loopback.ts';

const folder = mkdtempSync(join(tmpdir(), 'config-'));
const file = join(folder, 'keys.json');
writeFileSync(file, '[]');

function mistakesOf(environment: Record<string, string>): Record<string, string> {
  try {
    readConfig(environment);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return Object.fromEntries(error.mistakes.map(({ variable, message }) => [variable, message]));
  }
  return {};
}

it('an empty environment is the embedded shape on loopback', () => {
  expect(readConfig({})).toEqual({
    roles: undefined,
    host: '127.0.0.1',
    port: 4700,
    basePath: '',
    dataFolder: resolve('.touchstone'),
    clock: 'wall',
    futureLimitMs: 86_400_000,
    customerLimits: { events: 200_000, promises: 100_000, moments: 50_000 },
    definitions: undefined,
    keysFile: undefined,
    eventStore: { scheme: 'sqlite', file: resolve('.touchstone/events.db') },
    clickhouse: { scheme: 'chdb', path: resolve('.touchstone/clickhouse') },
    adoptedLog: undefined,
    kafkaUrl: undefined,
    traceIds: false,
    logLevel: 'info',
    rateLimit: 0,
    connectionsMax: 1024,
    connectionsPerAddressMax: 1024,
    isTrustedProxy: undefined,
    bodiesInFlightMaxBytes: expect.any(Number),
    questionTimeMaxMs: 5_000,
    questionMemoryMaxBytes: 536_870_912,
    exportTimeMaxMs: 3_600_000,
    sqlDoor: false,
    targetsPrivate: false,
    shareSecretFile: undefined,
    stallLimitMs: 30_000,
    auditShare: 0.02,
    settings: expect.arrayContaining([{ name: 'PORT', value: null }]),
    stopGraceMs: 0,
  });
});

it('tells every setting as it was given, addresses without passwords', () => {
  const { settings } = readConfig({ PORT: '4711', KAFKA_URL: 'kafka://user:secret@kafka:9092' });
  expect(settings).toContainEqual({ name: 'PORT', value: '4711' });
  expect(settings).toContainEqual({ name: 'HOST', value: null });
  expect(JSON.stringify(settings)).not.toContain('secret');
  expect(settings.find(({ name }) => name === 'KAFKA_URL')!.value).toContain('kafka:9092');
});

it('how many appends are in flight is left to the adapter, unless it is said', () => {
  expect(readConfig({}).eventStoreInFlight).toBeUndefined();
  expect(readConfig({ EVENT_STORE_IN_FLIGHT: '1024' }).eventStoreInFlight).toBe(1024);
  for (const EVENT_STORE_IN_FLIGHT of ['0', '-1', 'many', '10001'])
    expect(mistakesOf({ EVENT_STORE_IN_FLIGHT }).EVENT_STORE_IN_FLIGHT).toContain('1..10000');
});

it('whoever may stand behind a load balancer goes on answering for a while after SIGTERM', () => {
  const full = { ROLES: 'ingest', EVENT_STORE_URL: 'esdb://eventstore:2113' };
  expect(readConfig({ TOUCHSTONE_KEYS: file }).stopGraceMs).toBe(5_000);
  expect(readConfig(full).stopGraceMs).toBe(5_000);
  expect(readConfig({ ...full, STOP_GRACE: 'off' }).stopGraceMs).toBe(0);
  expect(readConfig({ STOP_GRACE: 'PT1M' }).stopGraceMs).toBe(60_000);
  for (const STOP_GRACE of ['5', '5s', 'PT11M', '-PT1S']) {
    expect(mistakesOf({ STOP_GRACE }).STOP_GRACE).toContain('up to PT10M');
  }
});

it('bodies in flight are bound to a part of the memory, or to what is said', () => {
  expect(bodiesInFlightFor(2 ** 30)).toBe(64 * 2 ** 20);
  expect([bodiesInFlightFor(2 ** 26), bodiesInFlightFor(2 ** 40)]).toEqual([16 * 2 ** 20, 256 * 2 ** 20]);
  expect(readConfig({ BODIES_IN_FLIGHT_MAX: '1GiB' }).bodiesInFlightMaxBytes).toBe(2 ** 30);
  expect(mistakesOf({ BODIES_IN_FLIGHT_MAX: '1MiB' }).BODIES_IN_FLIGHT_MAX).toContain('16MiB');
});

it('behind keys one address has a quarter of the connections, unless told', () => {
  const ofAddress = (environment: Record<string, string>) => readConfig(environment).connectionsPerAddressMax;
  expect(ofAddress({ TOUCHSTONE_KEYS: file })).toBe(256);
  expect(ofAddress({ TOUCHSTONE_KEYS: file, CONNECTIONS_MAX: '10' })).toBe(3);
  expect(ofAddress({ TOUCHSTONE_KEYS: file, CONNECTIONS_PER_ADDRESS_MAX: '7' })).toBe(7);
});

it('proxies that are trusted are addresses and networks', () => {
  expect(readConfig({ TRUSTED_PROXIES: '10.0.0.0/8' }).isTrustedProxy?.('10.1.2.3')).toBe(true);
  expect(mistakesOf({ TRUSTED_PROXIES: 'caddy' }).TRUSTED_PROXIES).toContain('addresses or networks');
});

it('what one question may take has a limit of time and one of memory, or none', () => {
  const { questionTimeMaxMs, questionMemoryMaxBytes } = readConfig({
    QUESTION_TIME_MAX: 'PT50S',
    QUESTION_MEMORY_MAX: '2GiB',
  });
  expect([questionTimeMaxMs, questionMemoryMaxBytes]).toEqual([50_000, 2_147_483_648]);
  expect(readConfig({ QUESTION_TIME_MAX: 'off' }).questionTimeMaxMs).toBeNull();
  expect(readConfig({ QUESTION_MEMORY_MAX: 'off' }).questionMemoryMaxBytes).toBeNull();
  for (const QUESTION_TIME_MAX of ['5', 'PT0S', 'PT51S']) {
    expect(mistakesOf({ QUESTION_TIME_MAX }).QUESTION_TIME_MAX).toContain('PT1S..PT50S');
  }
  for (const QUESTION_MEMORY_MAX of ['0', '63MiB', '1GB']) {
    expect(mistakesOf({ QUESTION_MEMORY_MAX }).QUESTION_MEMORY_MAX).toContain('64MiB or more');
  }
});

it('how long the main thread may stand still is a duration, or no matter', () => {
  expect(readConfig({ STALL_LIMIT: 'PT2M' }).stallLimitMs).toBe(120_000);
  expect(readConfig({ STALL_LIMIT: 'off' }).stallLimitMs).toBeNull();
  for (const STALL_LIMIT of ['30', 'PT0S', 'PT4S', '-PT1M']) {
    expect(mistakesOf({ STALL_LIMIT }).STALL_LIMIT).toContain('PT5S or more');
  }
});

it('a variable that is empty is a variable that is not set', () => {
  expect(readConfig({ PORT: ' ', CLOCK: '' }).port).toBe(4700);
});

it('how far ahead a time may lie is a duration, or no matter', () => {
  expect(readConfig({ FUTURE_LIMIT: 'PT30M' }).futureLimitMs).toBe(1_800_000);
  expect(readConfig({ FUTURE_LIMIT: 'PT0S' }).futureLimitMs).toBe(0);
  expect(readConfig({ FUTURE_LIMIT: 'off' }).futureLimitMs).toBeNull();
});

it('what the audit may take is a share of a core, or nothing', () => {
  const shareOf = (AUDIT?: string) => readConfig(AUDIT === undefined ? {} : { AUDIT }).auditShare;
  expect([shareOf(), shareOf('2%'), shareOf('0.5%'), shareOf('50%'), shareOf('off')]).toEqual([
    0.02,
    0.02,
    0.005,
    0.5,
    null,
  ]);
  for (const wrong of ['0%', '0.05%', '51%', '2', '0.02', '-1%', '100%', 'on', '2 %']) {
    expect(() => shareOf(wrong), wrong).toThrow('must be a share of a core 0.1%..50%, such as 2%, or off');
  }
});

it('how much there may be of one customer is a number, or no matter', () => {
  expect(readConfig({}).customerLimits).toEqual({ events: 200_000, promises: 100_000, moments: 50_000 });
  const given = { CUSTOMER_EVENTS_MAX: '1000', CUSTOMER_PROMISES_MAX: 'off', JOURNEY_MOMENTS_MAX: '7' };
  expect(readConfig(given).customerLimits).toEqual({ events: 1_000, promises: null, moments: 7 });
  expect(mistakesOf({ CUSTOMER_EVENTS_MAX: '0' }).CUSTOMER_EVENTS_MAX).toContain('or off');
});

it('the full stack is chosen by URLs', () => {
  const config = readConfig({
    EVENT_STORE_URL: 'esdb://eventstore:2113?tls=false',
    CLICKHOUSE_URL: 'http://default:secret@clickhouse:8123/touchstone',
    KAFKA_URL: 'kafka://kafka-1:9092,kafka-2:9092',
    HOST: '0.0.0.0',
    TOUCHSTONE_KEYS: file,
    DEFINITIONS: folder,
  });
  expect(config.eventStore).toEqual({ scheme: 'esdb', url: 'esdb://eventstore:2113?tls=false' });
  expect(config.clickhouse.scheme).toBe('http');
  expect(config).toMatchObject({ rateLimit: 2000, keysFile: file, definitions: folder });
});

it('paths of URLs may be relative, absolute, or written with three slashes', () => {
  expect(readConfig({ EVENT_STORE_URL: 'sqlite:data/e.db' }).eventStore).toMatchObject({ file: resolve('data/e.db') });
  expect(readConfig({ EVENT_STORE_URL: 'sqlite:///data/e.db' }).eventStore).toMatchObject({ file: '/data/e.db' });
  expect(readConfig({ CLICKHOUSE_URL: 'chdb:/data/ch' }).clickhouse).toMatchObject({ path: '/data/ch' });
});

it('all mistakes are told at once, each with what to do', () => {
  const mistakes = mistakesOf({
    HOST: '0.0.0.0',
    PORT: '70000',
    CLOCK: 'sundial',
    FUTURE_LIMIT: 'P1M',
    DEFINITIONS: join(folder, 'absent'),
    EVENT_STORE_URL: 'mysql://x',
    CLICKHOUSE_URL: 'clickhouse',
    KAFKA_URL: 'broker:9092',
    LOG_LEVEL: 'loud',
    RATE_LIMIT: '-1',
  });
  expect(Object.keys(mistakes).sort()).toEqual(
    'CLICKHOUSE_URL CLOCK DEFINITIONS EVENT_STORE_URL FUTURE_LIMIT HOST KAFKA_URL LOG_LEVEL PORT RATE_LIMIT'.split(' '),
  );
  expect(mistakes.PORT).toContain('0..65535');
  expect(mistakes.HOST).toContain('TOUCHSTONE_KEYS');
  expect(mistakes.EVENT_STORE_URL).toContain('sqlite:');
});

it('the message names variable and value, but no secret', () => {
  const environment = { CLICKHOUSE_URL: 'clickhouse://user:hunter2@host:9000?password=hunter2', PORT: 'x' };
  expect(() => readConfig(environment)).toThrow(/PORT=x/);
  expect(() => readConfig(environment)).not.toThrow(/hunter2/);
});

describe('a host beyond loopback', () => {
  it.each(['0.0.0.0', '::', '192.168.1.5', 'touchstone.example'])('%s is refused without keys', (HOST) => {
    expect(mistakesOf({ HOST })).toHaveProperty('HOST');
    expect(mistakesOf({ HOST, TOUCHSTONE_KEYS: file })).toEqual({});
  });
  it.each(['127.0.0.1', '127.8.0.1', '::1', 'localhost'])('%s is not one', (host) =>
    expect(isLoopback(host)).toBe(true),
  );
});

describe('a process of some roles', () => {
  const servers = {
    EVENT_STORE_URL: 'esdb://eventstore:2113?tls=false',
    CLICKHOUSE_URL: 'http://clickhouse:8123',
    KAFKA_URL: 'kafka://kafka:9092',
  };

  it('shares servers with the others', () => {
    const { roles } = readConfig({ ...servers, ROLES: 'projector, clock' });
    expect([...roles!]).toEqual(['projector', 'clock']);
    expect(mistakesOf({ EVENT_STORE_URL: servers.EVENT_STORE_URL, ROLES: 'ingest' })).toEqual({});
  });

  it('is told every server that it misses, together with all other mistakes', () => {
    const mistakes = mistakesOf({ ROLES: 'ingest,relay,query', CLICKHOUSE_URL: 'chdb:/data', PORT: 'x' });
    expect(Object.keys(mistakes).sort()).toEqual(['CLICKHOUSE_URL', 'EVENT_STORE_URL', 'KAFKA_URL', 'PORT']);
    expect(mistakes.CLICKHOUSE_URL).toMatch(/must be http:.*ROLES=query shares it/);
    expect(mistakes.KAFKA_URL).toMatch(/ROLES=relay shares it/);
  });

  it('is refused a role that there is not', () => {
    expect(mistakesOf({ ROLES: 'ingest,everything' }).ROLES).toMatch(/some of ingest, relay, projector, clock, query/);
  });
});
