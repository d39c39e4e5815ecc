import { z } from 'zod';
import { BusError } from '../bus-error.ts';

/** The settings in `KAFKA_URL`. */
export interface KafkaConfig {
  /** Each as `host:port`. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly ssl: boolean;
  /** Path of the certificate authority's PEM file; without it the system's authorities are used. */
  readonly ca?: string | undefined;
  readonly sasl?: { readonly mechanism: Mechanism; readonly username: string; readonly password: string } | undefined;
  /** `create`: the bus creates missing topics. `check`: a missing topic is an error. */
  readonly topics: 'create' | 'check';
  /** Number of partitions for topics that the bus creates. */
  readonly partitions: number;
  readonly compression: 'none' | 'gzip' | 'snappy';
}

type Mechanism = 'plain' | 'scram-sha-256' | 'scram-sha-512';

const parameters = z.strictObject({
  ssl: z.enum(['true', 'false']).default('false'),
  ca: z.string().min(1).optional(),
  mechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']).default('plain'),
  clientId: z.string().min(1).default('touchstone'),
  topics: z.enum(['create', 'check']).default('create'),
  partitions: z.coerce.number().int().min(1).max(1000).default(12),
  compression: z.enum(['none', 'gzip', 'snappy']).default('none'),
});

const EXAMPLE = 'kafka://user:password@host1:9092,host2:9092?ssl=true&mechanism=scram-sha-512';

/**
 * Parses `kafka://[user:password@]host:port[,host:port…][?ssl=true&…]`; user and password are
 * percent-encoded. Throws one {@link BusError} `invalid_url` that names every mistake and never
 * repeats the password.
 */
export function parseKafkaUrl(url: string): KafkaConfig {
  const problems: string[] = [];
  // `new URL` cannot parse a list of hosts.
  const parts = /^kafka:\/\/(?:([^@/?]*)@)?([^/?@]*)\/?(?:\?(.*))?$/.exec(url);
  if (!parts) throw new BusError('invalid_url', `KAFKA_URL is not a Kafka URL. It looks like ${EXAMPLE}`);
  const [, credentials, hosts = '', query = ''] = parts;

  const brokers = hosts.split(',').filter((host) => host !== '');
  if (brokers.length === 0) problems.push('it names no broker');
  for (const broker of brokers)
    if (!/^(?:\[[0-9a-f:]+\]|[^:[\]]+):\d{1,5}$/i.test(broker)) problems.push(`"${broker}" must be host:port`);

  const given = parameters.safeParse(Object.fromEntries(new URLSearchParams(query)));
  if (!given.success)
    for (const issue of given.error.issues) problems.push(`?${issue.path.join('.')}: ${issue.message}`);

  const sasl = credentials === undefined ? undefined : parseCredentials(credentials, problems);
  if (problems.length > 0 || !given.success)
    throw new BusError('invalid_url', `KAFKA_URL: ${problems.join('; ')}. It looks like ${EXAMPLE}`);
  const { ssl, mechanism, ...rest } = given.data;
  return {
    ...rest,
    brokers,
    ssl: ssl === 'true' || rest.ca !== undefined,
    ...(sasl && { sasl: { mechanism, ...sasl } }),
  };
}

function parseCredentials(text: string, problems: string[]): { username: string; password: string } {
  const colon = text.indexOf(':');
  try {
    const username = decodeURIComponent(colon < 0 ? text : text.slice(0, colon));
    const password = colon < 0 ? '' : decodeURIComponent(text.slice(colon + 1));
    if (username === '' || password === '') problems.push('user and password must both be given');
    return { username, password };
  } catch {
    problems.push('user and password must be percent-encoded');
    return { username: '', password: '' };
  }
}
