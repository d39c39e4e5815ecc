import type { Clock } from '@touchstone/clock';
import { LOG_PATIENCE_MS } from '@touchstone/event-store';
import {
  lostEvents,
  putDefinition,
  sendingsLedger,
  sharedLinks,
  shownGeneration,
  watchConservation,
  worklistMarks,
} from '@touchstone/operations';
import { type QueryDeps, queryRoutes } from '@touchstone/query';
import { measureAudit, startAudit } from '../audit.ts';
import { dashboardFolder } from '../process-setting.ts';
import { measureProduct } from '../product-metrics.ts';
import type { Operations, Tables } from '../tables/tables.ts';
import { targetsOf } from '../targets-of.ts';
import { measureWatched } from '../watched-metrics.ts';
import { clockOver } from './clock.ts';
import type { Parts, RoleValue } from './role.ts';

/**
 * Switches the periodic clock off (longest timeout). A process without the role of the clock
 * settles deadlines when a list is read; that role does it periodically.
 */
const ONLY_WHEN_ASKED_MS = 2 ** 31 - 1;

/** Answers readers, carries out what operators ask for, and audits the rows in idle time. */
export const query: RoleValue = {
  name: 'query',
  async start(parts) {
    const { app, store, config, logger, steps } = parts;
    const tables = parts.tables!;
    const clock = parts.clock ?? readersClock(parts);
    const operations = await tables.operate(clock);
    const { readModels, progress } = tables;
    const accounting = {
      store,
      readModels,
      generation: () => tables.inForce().generation,
      relayedTo: () => parts.relay?.relayedTo() ?? null,
      progress: { projected: progress.position },
    };
    const conservation = watchConservation({ ...accounting, logger });
    steps.unshift({ name: 'conservation watch', run: conservation.stop });
    if (config.auditShare !== null) audit(parts, tables, config.auditShare);
    measureProduct(app.metrics, {
      store,
      readModels,
      generation: () => shownGeneration({ problem: operations.withheld }, accounting.generation()),
      projected: progress.position,
      rebuild: operations.rebuild,
      conservation: conservation.state,
      lostEvents: () => lostEvents(readModels),
      // Servers keep the data of processes that share them.
      dataFolder: config.roles === undefined ? config.dataFolder : undefined,
    });
    const deps = { ...accounting, ...queryDeps(parts, tables, operations, clock) };
    const source = () => ({ clickhouse: readModels.clickhouse, generation: accounting.generation() });
    measureWatched(app.metrics, { ...deps, source });
    await app.register(queryRoutes, deps);
  },
};

function readersClock(parts: Parts): Clock {
  const clock = clockOver(parts, ONLY_WHEN_ASKED_MS);
  parts.steps.unshift({ name: 'clock of the readers', run: clock.stop });
  return clock;
}

/** Each reading process audits, with its own choice of customers. */
function audit(parts: Parts, { readModels, folds, inForce, progress, rows }: Tables, share: number): void {
  const { app, checks, steps, store, logger, cuts } = parts;
  const started = startAudit({
    store,
    readModels,
    folds,
    inForce: () => ({ ...inForce(), projector: { progress } }),
    logger,
    cuts,
    mending: rows,
    share,
  });
  steps.unshift({ name: 'audit', run: started.stop });
  checks.push(started.check);
  measureAudit(app.metrics, started);
}

type Routed = Omit<QueryDeps, 'store' | 'readModels' | 'generation' | 'relayedTo'>;

function queryDeps(
  parts: Parts,
  { readModels, folds, inForce, look, assureLog, progress: { position, reached } }: Tables,
  { rebuild, trial, withheld }: Operations,
  clock: Clock,
): Routed {
  const { store, config, ledger, alerts, time, keys, shareSecret } = parts;
  return {
    withheld,
    // Nobody can restore a log under the process that has it open.
    ...(config.eventStore.scheme === 'esdb' && { assureLog, logPatienceMs: LOG_PATIENCE_MS }),
    folds,
    measures: () => inForce().measures,
    now: async () => (await time.now()) ?? time.clock.now(),
    clockOffByMs: time.clock.offByMs,
    progress: {
      projected: position,
      latest: async () => {
        await look();
        return position();
      },
      reached,
      // Rows that another process wrote a moment ago may be overdue too.
      settled: async () => {
        await look();
        await clock.settled();
      },
      settledSoon: async () => {
        await look();
        return clock.settledSoon();
      },
    },
    definitions: {
      ...ledger,
      put: (definition, by) => putDefinition(definition, { ledger, store, readModels, rebuild }, by),
    },
    alerts,
    targets: targetsOf(parts),
    sendings: sendingsLedger(store),
    worklistMarks: worklistMarks(store, time.clock.now),
    sharedLinks: sharedLinks(store, time.clock.now),
    shareSecret,
    rebuild,
    trial,
    keys,
    settings: config.settings,
    sqlDoor: config.sqlDoor,
    dashboardFolder: dashboardFolder(),
  };
}
