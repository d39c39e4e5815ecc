import { join } from 'node:path';
import { type TargetRegistry, targetRegistry, targetsFile, targetsTable } from '@touchstone/operations';
import type { Parts } from './roles/role.ts';

/** Targets are kept beside the rows: in the folder of a process that is alone, or on the server. */
export function targetsOf({ config, store, time, tables }: Parts): TargetRegistry {
  const kept =
    config.clickhouse.scheme === 'chdb'
      ? targetsFile(join(config.dataFolder, 'targets.json'))
      : targetsTable(tables!.readModels.clickhouse);
  return targetRegistry({ store, kept, allowsPrivate: config.targetsPrivate, now: time.clock.now });
}
