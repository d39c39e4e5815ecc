import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { restoreLog } from '@touchstone/event-store';
import { CliError, type ExitCode, exitCodes } from '../cli-error.ts';
import { inWords, sqliteLogOf } from './backup-command.ts';

export interface RestoreCommand {
  readonly backup: string;
  /** Whether a present log may be moved aside. */
  readonly replace: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * Puts a backup in place of the configured log, and moves data that was made from another log
 * aside.
 */
export function runRestore({ backup, replace, environment }: RestoreCommand): ExitCode {
  const { file, clickhouse, kafkaUrl } = sqliteLogOf(environment);
  if (!replace && existsSync(file)) {
    throw new CliError(
      `There is a log at ${file} already. With --replace it is moved aside, and the read model with it.`,
    );
  }
  try {
    mkdirSync(dirname(file), { recursive: true });
    const { position, movedAside } = restoreLog({
      backup,
      file,
      derived: clickhouse.scheme === 'chdb' ? [clickhouse.path] : [],
      replace,
      suffix: `before-restore-${new Date().toISOString().replace(/[-:]|\.\d+/g, '')}`,
    });
    for (const { from, to } of movedAside) console.log(`moved aside: ${from}\n         to: ${to}`);
    console.log(`${file}: restored up to position ${position}. The next start fills the read model from it.`);
    if (clickhouse.scheme === 'http')
      console.log(
        'Before it starts, empty the ClickHouse that CLICKHOUSE_URL names: it may hold events that this log does not.',
      );
    if (kafkaUrl !== undefined)
      console.log('Before it starts, empty the topics touchstone.log and touchstone.changes: they are filled again.');
    return exitCodes.ok;
  } catch (error) {
    throw inWords(error);
  }
}
