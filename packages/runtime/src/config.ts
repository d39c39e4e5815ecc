import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { bodiesInFlightFor, bodiesInFlightMax, memoryOfProcess } from './bodies-in-flight.ts';
import { parseDuration } from './duration.ts';
import {
  AUDIT_SHARE,
  auditShare,
  CUSTOMER_EVENTS_MAX,
  CUSTOMER_PROMISES_MAX,
  countLimit,
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

/** What a process does; all of them together are the whole system. */
export const roles = ['ingest', 'relay', 'projector', 'clock', 'query'] as const;
export type Role = (typeof roles)[number];

/** The whole configuration, checked. Paths are absolute. */
export interface Config {
  /** What this process does beside others; undefined: everything, alone. */
  readonly roles: ReadonlySet<Role> | undefined;
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly dataFolder: string;
  /** What "now" is: the time of day, or the greatest time in the log (for imported histories). */
  readonly clock: 'wall' | 'log';
  /** How far ahead of the wall clock the time of an event may lie, ms; null: as far as it likes. */
  readonly futureLimitMs: number | null;
  /** How many events and promises of one customer, and moments of one journey, are taken; null: any number. */
  readonly customerLimits: {
    readonly events: number | null;
    readonly promises: number | null;
    readonly moments: number | null;
  };
  /** A JSON file, or a folder of them. */
  readonly definitions: string | undefined;
  readonly keysFile: string | undefined;
  readonly eventStore: EventStoreTarget;
  /** Streams of a server that are appended to at the same time; undefined: as many as the adapter does by itself. */
  readonly eventStoreInFlight: number | undefined;
  readonly clickhouse: ClickhouseTarget;
  /** Name of the log whose rows in a ClickHouse server may be replaced by those of this one. */
  readonly adoptedLog: string | undefined;
  readonly kafkaUrl: string | undefined;
  readonly logLevel: (typeof logLevels)[number];
  /** Requests per second of one key, or of one address where there is no key; 0: no limit. */
  readonly rateLimit: number;
  readonly connectionsMax: number;
  /** Of one address that is no trusted proxy's. */
  readonly connectionsPerAddressMax: number;
  /** Whose `X-Forwarded-For` is believed; undefined: nobody's. */
  readonly isTrustedProxy: IsTrusted | undefined;
  /** Bytes of bodies that are held at once while they arrive and until what they hold is stored. */
  readonly bodiesInFlightMaxBytes: number;
  /** Ids of customers, journeys and events stand in spans as they are; otherwise hashed. */
  readonly traceIds: boolean;
  /** How long one question to the read model may take, ms, and how many bytes of memory; null: as much as it likes. */
  readonly questionTimeMaxMs: number | null;
  readonly questionMemoryMaxBytes: number | null;
  /** The process ends when its main thread has stood still for so long, ms; null: it never does for that. */
  readonly stallLimitMs: number | null;
  /** Of one core, 0..1, that holding the read model to the log may take; null: it is not done. */
  readonly auditShare: number | null;
  /** After SIGTERM it goes on answering for so long, ms, while /readyz already says 503. */
  readonly stopGraceMs: number;
}

/** All mistakes of a configuration at once. Its message is meant for the terminal and holds no secrets. */
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
/** One address may have one part of so many. */
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
  STALL_LIMIT: stallLimit.default(STALL_LIMIT_MS),
  AUDIT: auditShare.default(AUDIT_SHARE),
  STOP_GRACE: stopGrace.optional(),
});

/** A publisher behind a key has this many requests a second; a request may carry thousands of events. */
export const RATE_LIMIT_WITH_KEYS = 2000;

/** As long as a load balancer or Kubernetes may take until it sends nothing more here. */
const STOP_GRACE_MS = 5_000;

/** Reads the environment; opens nothing. Throws a {@link ConfigError} that names all mistakes. */
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
  // Asked of the raw values, so that it is told together with the other mistakes.
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
  return toConfig(parsed.data);
}

/** Several processes can share servers alone: a file, or a folder, is one process's. Asked of the raw values, as above. */
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

function toConfig(environment: z.infer<typeof environmentSchema>): Config {
  const dataFolder = resolve(environment.TOUCHSTONE_DATA);
  // Without keys all callers are programs of this machine and share one address: a limit per address would mean nothing.
  const isOpen = environment.TOUCHSTONE_KEYS === undefined;
  return {
    roles: environment.ROLES,
    host: environment.HOST,
    port: environment.PORT,
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
    stallLimitMs: environment.STALL_LIMIT,
    auditShare: environment.AUDIT,
    // One process without keys answers programs of this machine alone: nobody stands before it who could send them elsewhere.
    stopGraceMs: environment.STOP_GRACE ?? (isOpen && environment.ROLES === undefined ? 0 : STOP_GRACE_MS),
  };
}
