import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';
import { textWithoutSecrets } from './without-secrets.ts';

export type { Logger };

/**
 * Logs JSON lines to standard output, or readable lines if that is a terminal. URLs lose their user
 * and password before they are written.
 */
export function createLogger(options: {
  readonly level: string;
  readonly name?: string;
  /** Extra fields of every line, e.g. the ids of the active trace. */
  readonly fields?: (() => object) | undefined;
}): Logger {
  const settings = {
    level: options.level,
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.fields === undefined ? {} : { mixin: options.fields }),
    redact: { paths: ['req.headers.authorization', 'headers.authorization', 'key', 'password'], censor: '***' },
    // Error messages of other libraries may repeat a URL with its password.
    hooks: { streamWrite: textWithoutSecrets },
  };
  return process.stdout.isTTY
    ? pino(settings, pretty({ ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss', sync: true }))
    : pino(settings);
}
