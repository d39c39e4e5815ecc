import { accessSync, constants, mkdirSync } from 'node:fs';
import { type EventStore, openEventStore } from '@touchstone/event-store';
import { ReadModelError, type ReadModels } from '@touchstone/read-models';
import { type Config, type ConfiguredServer, configuredServers, type Logger, openInWords } from '@touchstone/runtime';
import { openTablesOf } from './open-tables-of.ts';
import { eventStoreUrl } from './process-setting.ts';

type OpenStoreOptions = Parameters<typeof openEventStore>[1];

/**
 * Opens the stores and servers that the configuration names. Each error names the setting and what
 * to do.
 */
export interface Opening {
  eventStore(options?: OpenStoreOptions): Promise<EventStore>;
  /** The read model of this log, with the limits for queries from outside. */
  tables(store: EventStore): Promise<ReadModels>;
  kafka<Opened>(open: () => Promise<Opened>): Promise<Opened>;
}

export function openingOf(config: Config, logger: Logger): Opening {
  const servers = configuredServers(config);
  const inWords = <Opened>(server: ConfiguredServer | undefined, open: () => Promise<Opened>) =>
    server === undefined ? open() : openInWords(server, open, (words) => logger.warn(words));
  return {
    eventStore: (options) =>
      inWords(servers.eventStore, () =>
        openEventStore(eventStoreUrl(config), { appendsInFlight: config.eventStoreInFlight, ...options }),
      ),
    tables: (store) => inWords(servers.clickhouse, () => tablesInWords(() => openTablesOf(config, store, logger))),
    kafka: (open) => inWords(servers.kafka, open),
  };
}

/** Adds to a server's refusal of the login which setting to mend and how. */
async function tablesInWords(open: () => Promise<ReadModels>): Promise<ReadModels> {
  try {
    return await open();
  } catch (error) {
    if (!(error instanceof ReadModelError) || error.code !== 'denied') throw error;
    const advice =
      'put the name and password of a user who may create, read and write tables of the database into CLICKHOUSE_URL, https://name:password@host:8443';
    throw new ReadModelError('denied', `${error.message} What to do: ${advice}.`, { cause: error });
  }
}

/** Creates the data folder, with access for the current user only. */
export function makeDataFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw folderInWords(folder, error as NodeJS.ErrnoException);
  }
}

/** Describes why a folder cannot be used, with the setting and what to do. */
export function folderInWords(folder: string, error: NodeJS.ErrnoException): Error {
  const known = FOLDER_TROUBLES[error.code ?? ''];
  if (known === undefined) return error;
  const [what, doing] = known;
  return new Error(`TOUCHSTONE_DATA=${folder} ${what}. What to do: ${doing}.`, { cause: error });
}

const OTHER_FOLDER = 'set TOUCHSTONE_DATA to a folder that this user may write';
const NO_FOLDER = ['is a file, or lies in one', 'set TOUCHSTONE_DATA to a folder, or move the file away'] as const;
const NOT_OURS = [
  'belongs to another user, and may not be read and written by this one',
  `start as the user who owns it, give it to this one (chown -R), or ${OTHER_FOLDER}`,
] as const;
const FOLDER_TROUBLES: Readonly<Record<string, readonly [string, string]>> = {
  EEXIST: NO_FOLDER,
  ENOTDIR: NO_FOLDER,
  EACCES: NOT_OURS,
  EPERM: NOT_OURS,
  EROFS: ['lies on a disk that is mounted for reading alone', `mount it for writing, or ${OTHER_FOLDER}`],
  ENOSPC: ['has no room left', `free some, or ${OTHER_FOLDER}`],
};
