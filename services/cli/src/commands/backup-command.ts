import { existsSync } from 'node:fs';
import { endpoints } from '@touchstone/api';
import { createClient, UnreachableError } from '@touchstone/client';
import {
  BACKUP_ELSEWHERE,
  type Backup,
  type EventStore,
  EventStoreError,
  openEventStore,
  writeBackup,
} from '@touchstone/event-store';
import { type Config, ConfigError, isLoopback, readConfig } from '@touchstone/runtime';
import { CliError, type ExitCode, exitCodes } from '../cli-error.ts';
import { onInterrupt } from '../terminal/interrupt.ts';
import { showProgress } from '../terminal/progress.ts';
import { whole } from '../terminal/style.ts';

export interface StoppedLogCommand {
  readonly url: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export interface BackupCommand extends StoppedLogCommand {
  readonly file: string;
  readonly key?: string;
}

/** The log to back up, and how to close it. */
interface Source {
  readonly backup: Backup;
  readonly what: string;
  close(): Promise<void>;
}

/**
 * Backs up the log of the system at `url`; if none answers on this machine, that of a stopped
 * system's folder, under its lock.
 */
export async function runBackup(command: BackupCommand): Promise<ExitCode> {
  const { file } = command;
  if (existsSync(file))
    throw new CliError(`${file} exists already, and a backup overwrites nothing: name another file.`);
  const interrupt = onInterrupt(() => console.error('Stopping; nothing is kept of this backup.'));
  try {
    const source = await sourceOf(command, interrupt.signal);
    const { backup, what } = source;
    const size = `${megabytes(backup.bytes)} MB`;
    const progress = showProgress('backup', backup.bytes);
    try {
      const onProgress = (bytes: number) => progress.update(bytes, `${megabytes(bytes)} of ${size}`);
      await writeBackup(file, backup, { onProgress, signal: interrupt.signal });
    } finally {
      progress.stop();
      await source.close();
    }
    console.log(`${file}: ${what} up to position ${backup.position}, ${size}, opened and checked.`);
    return exitCodes.ok;
  } catch (error) {
    if (interrupt.signal.aborted) return exitCodes.interrupted;
    throw inWords(error);
  } finally {
    interrupt.release();
  }
}

async function sourceOf(command: BackupCommand, signal: AbortSignal): Promise<Source> {
  try {
    const { bytes, headers, pieces } = await createClient(command).download(endpoints.downloadBackup.path, signal);
    const position = headers.get('touchstone-position');
    if (bytes === undefined || position === null)
      throw new CliError(`${command.url} does not answer as Touchstone does.`);
    const backup = { bytes, position: BigInt(position), pieces };
    return { backup, what: `the log of the system at ${command.url}`, close: async () => {} };
  } catch (error) {
    if (!(error instanceof UnreachableError) || !isLoopback(new URL(command.url).hostname)) throw error;
    return stoppedLog(command);
  }
}

async function stoppedLog(command: BackupCommand): Promise<Source> {
  const { store, file } = await openStoppedLog(command);
  return { backup: await store.backup!(), what: `no system runs; the log ${file}`, close: store.close };
}

/**
 * Opens the log of the configured folder under its lock, for a system that does not answer at
 * `url`.
 */
export async function openStoppedLog({ url, environment }: StoppedLogCommand): Promise<OpenLog> {
  const log = sqliteLogOf(environment);
  if (!existsSync(log.file)) {
    throw new CliError(
      `No system answers at ${url}, and there is no log at ${log.file}: set TOUCHSTONE_URL or TOUCHSTONE_DATA.`,
    );
  }
  return { store: await openEventStore(`sqlite:${log.file}`), file: log.file };
}

interface OpenLog {
  readonly store: EventStore;
  readonly file: string;
}

/** The configured log, if it is a SQLite file. */
export function sqliteLogOf(
  environment: Readonly<Record<string, string | undefined>>,
): Config & { readonly file: string } {
  try {
    const config = readConfig(environment);
    if (config.eventStore.scheme === 'sqlite') return { ...config, file: config.eventStore.file };
  } catch (error) {
    if (error instanceof ConfigError) throw new CliError(error.message);
    throw error;
  }
  throw new CliError(BACKUP_ELSEWHERE);
}

export function inWords(error: unknown): unknown {
  if (error instanceof EventStoreError) return new CliError(error.message);
  const { code, message } = error as NodeJS.ErrnoException;
  return typeof code === 'string' && code.startsWith('E') ? new CliError(message) : error;
}

const megabytes = (bytes: number): string => whole(Math.ceil(bytes / 1e6));
