import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseDuration } from '@touchstone/api/duration';
import { z } from 'zod';
import { basePath } from './base-path.ts';
import { bodiesInFlightFor, bodiesInFlightMax, memoryOfProcess } from './bodies-in-flight.ts';
import {
  AUDIT_SHARE,
  auditShare,
  CUSTOMER_EVENTS_MAX,
  CUSTOMER_PROMISES_MAX,
  countLimit,
  EXPORT_TIME_MAX_MS,
  exportTimeMax,
  FUTURE_LIMIT_MS,
  futureLimit,
  JOURNEY_MOMENTS_MAX,
  QUESTION_MEMORY_MAX_BYTES,
  QUESTION_TIME_MAX_MS,
  questionMemoryMax,
  questionTimeMax,
  STALL_LIMIT_MS,
  stallLimit,
} from './limit-settings.ts';
import { isLoopback } from './loopback.ts';
import { type IsTrusted, trustedProxies } from './trusted-proxies.ts';
import { urlWithoutSecrets } from './without-secrets.ts';

export type EventStoreTarget =
  | { readonly scheme: 'sqlite'; readonly file: string }
  | { readonly scheme: 'esdb'; readonly url: string };
export type ClickhouseTarget =
  | { readonly scheme: 'chdb'; readonly path: string }
  | { readonly scheme: 'http'; readonly url: string };

/** The parts of the system that a process can run; all of them together are the whole system. */
export const roles = ['ingest', 'relay', 'projector', 'clock', 'query'] as const;
export type Role = (typeof roles)[number];

/** The validated configuration. Paths are absolute. */
export interface Config {
  /** The roles of this process among several; undefined: this process alone runs all. */
  readonly roles: ReadonlySet<Role> | undefined;
  readonly host: string;
  /** 0 lets the operating system choose a port. */
  readonly port: number;
  /** Path under which a proxy publishes the server, such as `/touchstone`; empty: at the root. */
  readonly basePath: string;
  readonly dataFolder: string;
  /**
   * The source of "now": the wall clock, or the greatest time in the log (for imported histories).
   */
  readonly clock: 'wall' | 'log';
  /** Maximum time of an event ahead of the wall clock, in ms; null: no limit. */
  readonly futureLimitMs: number | null;
  /**
   * Maximum number of events and promises per customer, and of moments per journey; null: no limit.
   */
  readonly customerLimits: {
    readonly events: number | null;
    readonly promises: number | null;
    readonly moments: number | null;
  };
  /** Path of a JSON file, or of a folder of such files. */
  readonly definitions: string | undefined;
  readonly keysFile: string | undefined;
  readonly eventStore: EventStoreTarget;
  /** Streams of a server that are appended to concurrently; undefined: the adapter's default. */
  readonly eventStoreInFlight: number | undefined;
  readonly clickhouse: ClickhouseTarget;
  /** Name of another log whose rows in a ClickHouse server this process may replace by its own. */
  readonly adoptedLog: string | undefined;
  readonly kafkaUrl: string | undefined;
  readonly logLevel: (typeof logLevels)[number];
  /** Requests per second per key, or per address without a key; 0: no limit. */
  readonly rateLimit: number;
  readonly connectionsMax: number;
  /** Maximum connections per address, unless a trusted proxy has the address. */
  readonly connectionsPerAddressMax: number;
  /** Addresses whose `X-Forwarded-For` is trusted; undefined: none. */
  readonly isTrustedProxy: IsTrusted | undefined;
  /**
   * Maximum bytes of request bodies held at once, from their arrival until their events are stored.
   */
  readonly bodiesInFlightMaxBytes: number;
  /** True: spans contain the ids of customers, journeys and events in plain text; false: hashed. */
  readonly traceIds: boolean;
  /** Limits of one query to the read model: time in ms and memory in bytes; null: no limit. */
  readonly questionTimeMaxMs: number | null;
  readonly questionMemoryMaxBytes: number | null;
  /** True: callers with the scope `read` may ask SQL. */
  readonly sqlDoor: boolean;
  /** True: alerts may be sent to addresses that are no addresses of the internet. */
  readonly targetsPrivate: boolean;
  /** File of the secret that signs links for customers; undefined: none are made. */
  readonly shareSecretFile: string | undefined;
  /** Limit of the time of one export, in ms; null: no limit. */
  readonly exportTimeMaxMs: number | null;
  /** The process exits after its event loop has been blocked for this long, in ms; null: never. */
  readonly stallLimitMs: number | null;
  /**
   * Share of one core, 0..1, for the audit that compares the read model with the log; null: no
   * audit.
   */
  readonly auditShare: number | null;
  /** Every setting, as it was given: addresses without passwords; null where it was not given. */
  readonly settings: readonly Setting[];
  /**
   * After SIGTERM the process still answers for this long, in ms, while /readyz already answers
   * 503.
   */
  readonly stopGraceMs: number;
}

/** A setting, by the name of its environment variable. */
export interface Setting {
  readonly name: string;
  readonly value: string | null;
}

/**
 * Reports all configuration mistakes at once. The message is for the terminal and contains no
 * secrets.
 */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly mistakes: readonly ConfigMistake[];
  constructor(mistakes: readonly ConfigMistake[]) {
    const lines = mistakes.map(({ variable, value, message }) => `  ${variable}=${value}\n    ${message}`);
    super(`The configuration cannot be used:\n${lines.join('\n')}`);
    this.mistakes = mistakes;
  }
}

export interface ConfigMistake {
  readonly variable: string;
  readonly value: string;
  readonly message: string;
}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

function wholeNumber(least: number, most: number) {
  const message = `must be a whole number ${least}..${most}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, message)
    .transform(Number)
    .refine((n) => n >= least && n <= most, message);
}

const existingPath = z
  .string()
  .transform((path) => resolve(path))
  .refine(existsSync, 'there is no such file or folder');

const eventStoreUrl = z.string().transform((text, context): EventStoreTarget => {
  const file = /^sqlite:(.+)$/.exec(text)?.[1];
  if (file !== undefined) return { scheme: 'sqlite', file: resolve(file.replace(/^\/\/(?=\/)/, '')) };
  if (/^esdb(?:\+discover)?:\/\/[^/]/.test(text)) return { scheme: 'esdb', url: text };
  context.addIssue('must be sqlite:<file>, e.g. sqlite:/var/lib/touchstone/events.db, or esdb://<host>:<port>');
  return z.NEVER;
});

const clickhouseUrl = z.string().transform((text, context): ClickhouseTarget => {
  const path = /^chdb:(.+)$/.exec(text)?.[1];
  if (path !== undefined) return { scheme: 'chdb', path: resolve(path.replace(/^\/\/(?=\/)/, '')) };
  if (/^https?:\/\/[^/]/.test(text) && URL.canParse(text)) return { scheme: 'http', url: text };
  context.addIssue('must be chdb:<folder>, e.g. chdb:/var/lib/touchstone/clickhouse, or http://<host>:<port>');
  return z.NEVER;
});

export const CONNECTIONS_MAX = 1024;
/** One address gets this fraction of all connections: 1/4. */
const ADDRESS_PARTS = 4;

const stopGrace = z.string().transform((text, context): number => {
  const ms = text === 'off' ? 0 : parseDuration(text);
  if (ms !== undefined && ms <= STOP_GRACE_MOST_MS) return ms;
  context.addIssue('must be a duration up to PT10M, such as PT5S (ISO 8601), or off');
  return z.NEVER;
});
const STOP_GRACE_MOST_MS = 600_000;

const roleList = z.string().transform((text, context): ReadonlySet<Role> => {
  const given = text.split(',').map((name) => name.trim());
  const isRole = (name: string): name is Role => (roles as readonly string[]).includes(name);
  if (given.every(isRole)) return new Set(given);
  context.addIssue(`must be some of ${roles.join(', ')}, separated by commas; unset, one process does everything`);
  return z.NEVER;
});

const environmentSchema = z.object({
  ROLES: roleList.optional(),
  HOST: z
    .string()
    .regex(/^[\w.:-]+$/, 'must be a host name or an address')
    .default('127.0.0.1'),
  PORT: wholeNumber(0, 65_535).default(4700),
  BASE_PATH: basePath.optional(),
  TOUCHSTONE_DATA: z.string().default('.touchstone'),
  CLOCK: z
    .enum(['wall', 'log'], 'must be wall (the time of day) or log (the greatest time in the log)')
    .default('wall'),
  FUTURE_LIMIT: futureLimit.default(FUTURE_LIMIT_MS),
  CUSTOMER_EVENTS_MAX: countLimit.default(CUSTOMER_EVENTS_MAX),
  CUSTOMER_PROMISES_MAX: countLimit.default(CUSTOMER_PROMISES_MAX),
  JOURNEY_MOMENTS_MAX: countLimit.default(JOURNEY_MOMENTS_MAX),
  DEFINITIONS: existingPath.optional(),
  TOUCHSTONE_KEYS: existingPath.optional(),
  EVENT_STORE_URL: eventStoreUrl.optional(),
  EVENT_STORE_IN_FLIGHT: wholeNumber(1, 10_000).optional(),
  CLICKHOUSE_URL: clickhouseUrl.optional(),
  ADOPT_READ_MODEL_OF: z.uuid('must be the name of a log, as the refusal to start gives it').optional(),
  KAFKA_URL: z
    .string()
    .regex(/^kafka:\/\/[^/\s]\S*$/, 'must be kafka://<host>:<port>, several brokers separated by commas')
    .optional(),
  TRACE_IDS: z.enum(['on', 'off'], 'must be on (spans show ids as they are) or off (hashed)').default('off'),
  LOG_LEVEL: z.enum(logLevels, `must be one of ${logLevels.join(', ')}`).default('info'),
  RATE_LIMIT: wholeNumber(0, 1_000_000).optional(),
  CONNECTIONS_MAX: wholeNumber(1, 100_000).default(CONNECTIONS_MAX),
  CONNECTIONS_PER_ADDRESS_MAX: wholeNumber(1, 100_000).optional(),
  TRUSTED_PROXIES: trustedProxies.optional(),
  BODIES_IN_FLIGHT_MAX: bodiesInFlightMax.optional(),
  QUESTION_TIME_MAX: questionTimeMax.default(QUESTION_TIME_MAX_MS),
  QUESTION_MEMORY_MAX: questionMemoryMax.default(QUESTION_MEMORY_MAX_BYTES),
  EXPORT_TIME_MAX: exportTimeMax.default(EXPORT_TIME_MAX_MS),
  SQL_DOOR: z.enum(['on', 'off'], 'must be on (POST /v1/sql takes SQL of readers) or off').default('off'),
  TARGETS_PRIVATE: z
    .enum(['on', 'off'], 'must be on (alerts may go to private and link-local addresses) or off')
    .default('off'),
  SHARE_SECRET_FILE: existingPath.optional(),
  STALL_LIMIT: stallLimit.default(STALL_LIMIT_MS),
  AUDIT: auditShare.default(AUDIT_SHARE),
  STOP_GRACE: stopGrace.optional(),
});

/**
 * Default limit in requests per second once keys are configured; one request may carry thousands of
 * events.
 */
export const RATE_LIMIT_WITH_KEYS = 2000;

/**
 * Default grace period: the time until a load balancer or Kubernetes stops sending requests here.
 */
const STOP_GRACE_MS = 5_000;

/**
 * Reads the environment and opens nothing. Throws a {@link ConfigError} that names all mistakes.
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>> = process.env): Config {
  const given = Object.fromEntries(
    Object.keys(environmentSchema.shape)
      .map((variable) => [variable, environment[variable]?.trim()] as const)
      .filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = environmentSchema.safeParse(given);
  const mistakes: ConfigMistake[] = (parsed.error?.issues ?? []).map((issue) => {
    const variable = String(issue.path[0]);
    return { variable, value: urlWithoutSecrets(given[variable] ?? ''), message: issue.message };
  });
  // Reads the raw values, so that this mistake is reported together with the others.
  const host = given.HOST ?? '127.0.0.1';
  if (!isLoopback(host) && given.TOUCHSTONE_KEYS === undefined) {
    mistakes.push({
      variable: 'HOST',
      value: urlWithoutSecrets(host),
      message:
        'listens beyond this machine, where anybody could read and publish: set TOUCHSTONE_KEYS to a file of keys ' +
        '(`pnpm touchstone key` makes one), or HOST to 127.0.0.1',
    });
  }
  mistakes.push(...missingForRoles(given));
  if (!parsed.success || mistakes.length > 0) throw new ConfigError(mistakes);
  return toConfig(parsed.data, given);
}

/**
 * Roles require servers that processes can share: a file or a folder belongs to one process. Reads
 * the raw values, for the same reason as above.
 */
function missingForRoles(given: Readonly<Record<string, string | undefined>>): ConfigMistake[] {
  const parsed = roleList.optional().safeParse(given.ROLES);
  const has = (...wanted: Role[]) => wanted.some((role) => parsed.data?.has(role));
  const mistakes: ConfigMistake[] = [];
  const need = (variable: string, is: RegExp, form: string, those: readonly Role[]) => {
    const value = given[variable];
    if (!has(...those) || (value !== undefined && is.test(value))) return;
    const who = those.filter((role) => has(role)).join(', ');
    const message = `must be ${form}, because ROLES=${who} shares it with other processes`;
    mistakes.push({ variable, value: urlWithoutSecrets(value ?? ''), message });
  };
  need('EVENT_STORE_URL', /^esdb/, 'esdb://<host>:<port>', roles);
  need('CLICKHOUSE_URL', /^https?:/, 'http://<host>:<port>', ['projector', 'clock', 'query']);
  need('KAFKA_URL', /./, 'kafka://<host>:<port>', ['relay', 'projector']);
  return mistakes;
}

function toConfig(
  environment: z.infer<typeof environmentSchema>,
  given: Readonly<Record<string, string | undefined>>,
): Config {
  const dataFolder = resolve(environment.TOUCHSTONE_DATA);
  // Without keys all callers are programs of this machine with one address, so a limit per address
  // would be pointless.
  const isOpen = environment.TOUCHSTONE_KEYS === undefined;
  return {
    roles: environment.ROLES,
    host: environment.HOST,
    port: environment.PORT,
    basePath: environment.BASE_PATH ?? '',
    dataFolder,
    clock: environment.CLOCK,
    futureLimitMs: environment.FUTURE_LIMIT,
    customerLimits: {
      events: environment.CUSTOMER_EVENTS_MAX,
      promises: environment.CUSTOMER_PROMISES_MAX,
      moments: environment.JOURNEY_MOMENTS_MAX,
    },
    definitions: environment.DEFINITIONS,
    keysFile: environment.TOUCHSTONE_KEYS,
    eventStore: environment.EVENT_STORE_URL ?? { scheme: 'sqlite', file: resolve(dataFolder, 'events.db') },
    eventStoreInFlight: environment.EVENT_STORE_IN_FLIGHT,
    clickhouse: environment.CLICKHOUSE_URL ?? { scheme: 'chdb', path: resolve(dataFolder, 'clickhouse') },
    adoptedLog: environment.ADOPT_READ_MODEL_OF,
    kafkaUrl: environment.KAFKA_URL,
    traceIds: environment.TRACE_IDS === 'on',
    logLevel: environment.LOG_LEVEL,
    rateLimit: environment.RATE_LIMIT ?? (isOpen ? 0 : RATE_LIMIT_WITH_KEYS),
    connectionsMax: environment.CONNECTIONS_MAX,
    connectionsPerAddressMax:
      environment.CONNECTIONS_PER_ADDRESS_MAX ??
      (isOpen ? environment.CONNECTIONS_MAX : Math.ceil(environment.CONNECTIONS_MAX / ADDRESS_PARTS)),
    isTrustedProxy: environment.TRUSTED_PROXIES,
    bodiesInFlightMaxBytes: environment.BODIES_IN_FLIGHT_MAX ?? bodiesInFlightFor(memoryOfProcess()),
    questionTimeMaxMs: environment.QUESTION_TIME_MAX,
    questionMemoryMaxBytes: environment.QUESTION_MEMORY_MAX,
    exportTimeMaxMs: environment.EXPORT_TIME_MAX,
    sqlDoor: environment.SQL_DOOR === 'on',
    targetsPrivate: environment.TARGETS_PRIVATE === 'on',
    shareSecretFile: environment.SHARE_SECRET_FILE,
    stallLimitMs: environment.STALL_LIMIT,
    auditShare: environment.AUDIT,
    settings: Object.keys(environmentSchema.shape).map((name) => {
      const value = given[name];
      return { name, value: value === undefined ? null : urlWithoutSecrets(value) };
    }),
    // A single process without keys serves only this machine: no load balancer needs time to
    // redirect its callers.
    stopGraceMs: environment.STOP_GRACE ?? (isOpen && environment.ROLES === undefined ? 0 : STOP_GRACE_MS),
  };
}
