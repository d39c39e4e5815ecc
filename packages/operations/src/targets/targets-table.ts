import { type ClickHouse, keepTarget, keptTargets } from '@touchstone/read-models';
import { type KeptTargets, readTarget } from './target.ts';

/** Targets in a table of the ClickHouse server, which all processes of the system share. */
export function targetsTable(clickhouse: ClickHouse): KeptTargets {
  return {
    async list() {
      const contents = await keptTargets(clickhouse);
      return contents.map((content) => readTarget(JSON.parse(content))).filter((target) => target !== undefined);
    },
    write: (name, target) => keepTarget(clickhouse, name, target === null ? '' : JSON.stringify(target)),
  };
}
