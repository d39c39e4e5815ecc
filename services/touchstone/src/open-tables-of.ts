import { renameSync } from 'node:fs';
import type { EventStore } from '@touchstone/event-store';
import { whoseRows } from '@touchstone/operations';
import { ReadModelError, type ReadModels } from '@touchstone/read-models';
import type { Config, Logger } from '@touchstone/runtime';
import { openTables } from './process-setting.ts';

/**
 * Opens the read model of this log. An embedded folder with rows of another log is moved aside; a
 * server that others may fill too is not touched.
 * @throws ReadModelError `invalid` for a server whose rows are of another log, unless
 *   `ADOPT_READ_MODEL_OF` names that log.
 */
export async function openTablesOf(config: Config, store: EventStore, logger: Logger): Promise<ReadModels> {
  const readModels = await openTables(config, logger);
  try {
    const current = await readModels.currentGeneration();
    if (current === null || (await whoseRows({ store, readModels }, current)) !== 'foreign') return readModels;
    const { clickhouse, adoptedLog } = config;
    const log = await store.identity();
    if (clickhouse.scheme !== 'chdb') {
      if (current.log === adoptedLog) {
        logger.warn(
          { of: current.log, log },
          'the rows of another log are adopted: they are filled anew from this one',
        );
        return readModels;
      }
      throw new ReadModelError('invalid', refused(readModels.clickhouse.name, current.log, log));
    }
    await readModels.close();
    const aside = `${clickhouse.path}.of-another-log-${new Date().toISOString().replace(/[:.]/g, '-')}`;
    renameSync(clickhouse.path, aside);
    logger.warn(
      { aside, of: current.log, log },
      'the read model was of another log; it was moved aside, and is filled anew',
    );
    return await openTables(config, logger);
  } catch (error) {
    await readModels.close();
    throw error;
  }
}

const refused = (name: string, of: string, log: string) =>
  `The read model in ${name} is of the log ${of}, and EVENT_STORE_URL names the log ${log}. Two systems must not fill one read model: ` +
  `give this one a ClickHouse of its own, or the event store that belongs to it. If that log is no more, and its rows may go, set ADOPT_READ_MODEL_OF=${of}.`;
