import { patientReads } from '@touchstone/event-store';
import type { QueryDeps } from '../deps.ts';

/** What routes ask, each question of the log given up where the log says nothing; see {@link QueryDeps.logPatienceMs}. What is written waits on. */
export function withPatience(deps: QueryDeps): QueryDeps {
  const { logPatienceMs, assureLog, progress, definitions } = deps;
  if (logPatienceMs === undefined) return deps;
  const { store, waitFor } = patientReads(deps.store, logPatienceMs);
  return {
    ...deps,
    store,
    now: () => waitFor(deps.now),
    ...(assureLog !== undefined && { assureLog: () => waitFor(assureLog) }),
    progress: {
      ...progress,
      settled: () => waitFor(progress.settled),
      settledSoon: () => waitFor(progress.settledSoon),
    },
    definitions: {
      ...definitions,
      list: () => waitFor(definitions.list),
      latest: () => waitFor(definitions.latest),
    },
  };
}
