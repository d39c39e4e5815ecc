import { type Logger, pino } from 'pino';

export type { Logger };

/** JSON lines on standard output. What could be a secret never gets there. */
export function createLogger(options: { readonly level: string; readonly name?: string }): Logger {
  return pino({
    level: options.level,
    ...(options.name === undefined ? {} : { name: options.name }),
    redact: { paths: ['req.headers.authorization', 'headers.authorization', 'key', 'password'], censor: '***' },
  });
}
