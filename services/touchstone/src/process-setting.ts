import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { openOrSetAside, openReadModels, type ReadModels } from '@touchstone/read-models';
import { type Config, type Keys, type Logger, type StopStep, sendsPasswordInPlaintext } from '@touchstone/runtime';

/** Settings that every process takes from its configuration and environment, whatever its roles. */

export function eventStoreUrl({ eventStore }: Config): string {
  return eventStore.scheme === 'sqlite' ? `sqlite:${eventStore.file}` : eventStore.url;
}

/**
 * Opens the read model, with the limits for queries from outside. A damaged embedded folder is set
 * aside.
 */
export function openTables(
  { clickhouse, questionTimeMaxMs, questionMemoryMaxBytes, exportTimeMaxMs }: Config,
  logger: Logger,
): Promise<ReadModels> {
  const limits = { timeMaxMs: questionTimeMaxMs, memoryMaxBytes: questionMemoryMaxBytes, exportTimeMaxMs };
  if (clickhouse.scheme !== 'chdb') return openReadModels(clickhouse.url, limits);
  return openOrSetAside(clickhouse.path, limits, ({ to, why }) => {
    logger.warn(
      `The read model in ${clickhouse.path} cannot be used: ${why}. It was moved to ${to} and is filled anew from the log, which has lost nothing.`,
    );
  });
}

/**
 * Warns of each password that is sent in plain text, where anyone on the network path can read it.
 */
export function warnOfPlaintext({ eventStore, clickhouse, kafkaUrl }: Config, logger: Logger): void {
  const urls = {
    EVENT_STORE_URL: eventStore.scheme === 'esdb' ? eventStore.url : '',
    CLICKHOUSE_URL: clickhouse.scheme === 'http' ? clickhouse.url : '',
    KAFKA_URL: kafkaUrl ?? '',
  };
  const variables = Object.entries(urls).flatMap(([variable, url]) =>
    sendsPasswordInPlaintext(url) ? [variable] : [],
  );
  if (variables.length === 0) return;
  logger.warn(
    { variables },
    'these send their password to another machine without TLS: https://, ssl=true, or no tls=false',
  );
}

/** SIGHUP reloads the keys; an invalid file leaves the present keys in force. */
export function reloadOnHangup(keys: Keys, { keysFile }: Config, logger: Logger, steps: StopStep[]): void {
  const reload = () => {
    try {
      keys.reload();
      logger.info({ file: keysFile }, 'the keys were read again');
    } catch (error) {
      logger.error({ err: error }, 'the keys stay as they were');
    }
  };
  process.on('SIGHUP', reload);
  steps.unshift({ name: 'keys', run: () => void process.off('SIGHUP', reload) });
}

export function explainListening({ host, port }: Config) {
  return (error: NodeJS.ErrnoException): never => {
    if (error.code === 'EADDRINUSE') {
      throw new Error(`Port ${port} of ${host} is in use, perhaps by another Touchstone; set PORT to a free one.`, {
        cause: error,
      });
    }
    if (error.code === 'EACCES') {
      throw new Error(`Port ${port} may not be opened by this user; set PORT to one above 1023.`, { cause: error });
    }
    throw error;
  };
}

/** Folder of the built dashboard; undefined if it is not built. */
export function dashboardFolder(): string | undefined {
  const folder = join(dirname(createRequire(import.meta.url).resolve('@touchstone/dashboard/package.json')), 'dist');
  return existsSync(join(folder, 'index.html')) ? folder : undefined;
}

/** Page for browsers at an address that no route answers. */
export function dashboardPage(): string | undefined {
  const folder = dashboardFolder();
  return folder === undefined ? undefined : join(folder, 'index.html');
}
