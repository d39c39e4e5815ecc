import { readFileSync } from 'node:fs';
import type { Config } from './config.ts';
import type { ServerAddress } from './probe-server.ts';
import type { ConfiguredServer } from './server-in-words.ts';

/** The servers of a configuration; undefined for those that are embedded or not configured. */
export interface ConfiguredServers {
  readonly eventStore: ConfiguredServer | undefined;
  readonly clickhouse: ConfiguredServer | undefined;
  readonly kafka: ConfiguredServer | undefined;
}

type Named = Pick<Config, 'eventStore' | 'clickhouse' | 'kafkaUrl'>;

export function configuredServers({ eventStore, clickhouse, kafkaUrl }: Named): ConfiguredServers {
  return {
    eventStore: eventStore.scheme === 'esdb' ? eventStoreServer(eventStore.url) : undefined,
    clickhouse: clickhouse.scheme === 'http' ? clickhouseServer(clickhouse.url) : undefined,
    kafka: kafkaUrl === undefined ? undefined : kafkaServer(kafkaUrl),
  };
}

function eventStoreServer(url: string): ConfiguredServer {
  const { hosts, settings } = partsOf(url);
  // EventStoreDB's client reads setting names case-insensitively.
  const said = new Map(Array.from(settings, ([name, value]) => [name.toLowerCase(), value]));
  const speaking = {
    tls: said.get('tls')?.toLowerCase() !== 'false',
    ca: fileOf(said.get('tlscafile')),
    isVerified: said.get('tlsverifycert')?.toLowerCase() !== 'false',
  };
  return {
    name: 'EventStoreDB',
    setting: 'EVENT_STORE_URL',
    addresses: hosts.map((host) => ({ ...addressOf(host, 2113), ...speaking })),
    advice: {
      tlsOn: 'take tls=false out of EVENT_STORE_URL',
      tlsOff: 'put ?tls=false into EVENT_STORE_URL, or set up TLS on the server',
      authority:
        'name the file of the authority that signed it (PEM) in EVENT_STORE_URL: ?tlsCaFile=/path/to/ca.crt, or in NODE_EXTRA_CA_CERTS',
    },
  };
}

function clickhouseServer(url: string): ConfiguredServer {
  const { hosts, settings, scheme } = partsOf(url);
  const tls = scheme === 'https';
  return {
    name: 'ClickHouse',
    setting: 'CLICKHOUSE_URL',
    addresses: hosts.map((host) => ({ ...addressOf(host, tls ? 443 : 80), tls, ca: fileOf(settings.get('ca')) })),
    advice: {
      tlsOn: 'begin CLICKHOUSE_URL with https://, or name the port that speaks plain HTTP (8123)',
      tlsOff: 'begin CLICKHOUSE_URL with http://, or name the port that speaks HTTPS (8443)',
      authority:
        'name the file of the authority that signed it (PEM) in CLICKHOUSE_URL: ?ca=/path/to/ca.crt, or in NODE_EXTRA_CA_CERTS',
    },
  };
}

function kafkaServer(url: string): ConfiguredServer {
  const { hosts, settings } = partsOf(url);
  const ca = fileOf(settings.get('ca'));
  const tls = settings.get('ssl') === 'true' || settings.has('ca');
  return {
    name: 'Kafka',
    setting: 'KAFKA_URL',
    addresses: hosts.map((host) => ({ ...addressOf(host, 9092), tls, ca })),
    advice: {
      tlsOn: 'put ?ssl=true into KAFKA_URL, or name a listener without TLS',
      tlsOff: 'take ssl=true and ca= out of KAFKA_URL, or name a listener with TLS',
      authority:
        'name the file of the authority that signed it (PEM) in KAFKA_URL: ?ssl=true&ca=/path/to/ca.crt, or in NODE_EXTRA_CA_CERTS',
    },
  };
}

/**
 * A hand-written parser: a URL may list several hosts, and a password may contain characters that
 * its owner forgot to encode.
 */
function partsOf(url: string) {
  const [, scheme = '', hosts = '', query = ''] =
    /^(\w+)(?:\+\w+)?:\/\/(?:.*@)?([^@/?]*)[^?]*(?:\?(.*))?$/s.exec(url) ?? [];
  return { scheme, hosts: hosts.split(',').filter((host) => host !== ''), settings: new URLSearchParams(query) };
}

function addressOf(text: string, usualPort: number): Pick<ServerAddress, 'host' | 'port'> {
  const [, host = text, port] = /^\[?(.*?)\]?(?::(\d+))?$/.exec(text) ?? [];
  return { host, port: port === undefined ? usualPort : Number(port) };
}

/** Ignores an unreadable file: the adapter that opens the server reports it. */
function fileOf(path: string | null | undefined): Buffer | undefined {
  if (path === null || path === undefined) return undefined;
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
