import { patientReads } from '@touchstone/event-store';
import type { QueryDeps } from '../deps.ts';

/**
 * The dependencies with a timeout on each read of the log, see {@link QueryDeps.logPatienceMs}.
 * Writes have no timeout.
 */
export function withPatience(deps: QueryDeps): QueryDeps {
  const { logPatienceMs, assureLog, progress, definitions, alerts, sendings, worklistMarks, sharedLinks } = deps;
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
    alerts: { ...alerts, list: () => waitFor(alerts.list) },
    sendings: { ...sendings, of: (target) => waitFor(() => sendings.of(target)) },
    worklistMarks: { ...worklistMarks, latest: () => waitFor(worklistMarks.latest) },
    sharedLinks: {
      ...sharedLinks,
      of: (customerId, journeyId) => waitFor(() => sharedLinks.of(customerId, journeyId)),
      find: (id) => waitFor(() => sharedLinks.find(id)),
    },
  };
}
