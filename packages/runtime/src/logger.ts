import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';
import { textWithoutSecrets } from './without-secrets.ts';

export type { Logger };

/** JSON lines on standard output, or lines for people where that is a terminal. What could be a secret never gets there. */
export function createLogger(options: {
  readonly level: string;
  readonly name?: string;
  /** What each line has beside its own, e.g. the trace that it belongs to. */
  readonly fields?: (() => object) | undefined;
}): Logger {
  const settings = {
    level: options.level,
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.fields === undefined ? {} : { mixin: options.fields }),
    redact: { paths: ['req.headers.authorization', 'headers.authorization', 'key', 'password'], censor: '***' },
    // Messages of errors that come from elsewhere may repeat a URL.
    hooks: { streamWrite: textWithoutSecrets },
  };
  return process.stdout.isTTY
    ? pino(settings, pretty({ ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss', sync: true }))
    : pino(settings);
}
