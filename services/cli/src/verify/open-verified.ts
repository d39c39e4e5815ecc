import { existsSync } from 'node:fs';
import { type LogReader, openLogReader } from '@touchstone/event-store';
import { openReadModels, ReadModelError, type ReadModels } from '@touchstone/read-models';
import { type Config, type ConfiguredServer, configuredServers, openInWords, readConfig } from '@touchstone/runtime';
import { CliError } from '../cli-error.ts';
import { rowsOfThisLog } from './verify-rows.ts';
import type { VerifiedRows } from './verifying.ts';

export interface Verified {
  /** Its name in messages. */
  readonly what: string;
  readonly reader: LogReader;
  readonly rows: VerifiedRows | undefined;
  /** Default folder for the notes. */
  readonly folder: string;
  close(): Promise<void>;
}

const STOP_FIRST =
  'A running system holds the log, or the rows that are made of it: stop it for --full. Without --full the log is read beside it, and its own audit holds the rows to the log while it runs.';
const START = 'Start the system: it fills them from the log.';

/**
 * Opens the configured log, and the rows if they are wanted.
 * @throws CliError for a system that cannot be verified.
 */
export async function openVerified(
  environment: Readonly<Record<string, string | undefined>>,
  isFull: boolean,
): Promise<Verified> {
  const config = readConfig(environment);
  // Opened first, because reading the log takes hours.
  const readModels = isFull ? await openRows(config) : undefined;
  let reader: LogReader | undefined;
  const close = async () => {
    await reader?.close();
    await readModels?.close();
  };
  try {
    reader = await openLog(config);
    if (isFull && reader.isInUse) throw new CliError(STOP_FIRST);
    const rows = readModels === undefined ? undefined : await rowsOfThisLog(readModels, reader);
    const { eventStore, dataFolder } = config;
    const name = eventStore.scheme === 'sqlite' ? `the log ${eventStore.file}` : 'the log of EVENT_STORE_URL';
    const what = reader.isInUse ? `${name}, beside the process that holds it` : name;
    return { what, reader, rows, folder: dataFolder, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openLog(config: Config): Promise<LogReader> {
  const { eventStore } = config;
  if (eventStore.scheme === 'esdb') {
    return openServer(configuredServers(config).eventStore, () => openLogReader(eventStore.url));
  }
  if (!existsSync(eventStore.file)) {
    throw new CliError(`There is no log at ${eventStore.file}: set TOUCHSTONE_DATA or EVENT_STORE_URL.`);
  }
  return openLogReader(`sqlite:${eventStore.file}`);
}

async function openRows(config: Config): Promise<ReadModels> {
  const { clickhouse } = config;
  if (clickhouse.scheme === 'http') {
    return openServer(configuredServers(config).clickhouse, () => openReadModels(clickhouse.url));
  }
  if (!existsSync(clickhouse.path)) throw new CliError(`There are no rows at ${clickhouse.path}. ${START}`);
  try {
    return await openReadModels(`chdb:${clickhouse.path}`);
  } catch (error) {
    if (!(error instanceof ReadModelError)) throw error;
    throw new CliError(error.code === 'locked' ? STOP_FIRST : `${error.message} ${START}`);
  }
}

/** Opens a server; a failure to connect is explained with advice. */
function openServer<Opened>(server: ConfiguredServer | undefined, open: () => Promise<Opened>): Promise<Opened> {
  return server === undefined ? open() : openInWords(server, open, (words) => console.error(words));
}
