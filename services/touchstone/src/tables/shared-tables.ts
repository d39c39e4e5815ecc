import { operateSharedTables, rowsInForce, watchGeneration } from '@touchstone/operations';
import { tracedProjection } from '@touchstone/projector';
import type { ReadinessCheck } from '@touchstone/runtime';
import { besideServing } from '../roles/beside-serving.ts';
import { workersOf } from '../workers.ts';
import { followTopic } from './follow-topic.ts';
import type { ProcessParts, ReadSide, Tables } from './tables.ts';

/** The tables that several processes share: projectors fill them from Kafka, the others watch. */
export async function sharedTables(readSide: ReadSide, parts: ProcessParts): Promise<Tables> {
  const { store, logger, steps, checks, roles, ledger, time } = parts;
  const { readModels, startFold, folds } = readSide;
  const watch = await watchGeneration(store, readModels, logger);
  steps.unshift({ name: 'watch over the generation in force', run: watch.stop });
  const rows = rowsInForce(readModels, watch, logger);
  readModels.clickhouse.onDamage((error) => rows.distrust(error.message));
  const beside = besideServing(roles);
  const answers: ReadinessCheck = { name: 'read model', run: async () => void (await readModels.currentGeneration()) };
  checks.push(...[answers, watch.check].map(roles.has('query') ? (check) => check : beside), beside(watch.logCheck));
  const definitions = () => ledger.latest();
  return {
    ...readSide,
    current: watch.current,
    inForce: watch.inForce,
    progress: watch.progress,
    parked: watch.parked,
    look: watch.look,
    onNews: watch.onNews,
    rows,
    assureLog: watch.assureLog,
    async fill({ kafka, app, tracing }) {
      const projecting = followTopic({
        ...tracedProjection({ readModels, startFold }, tracing),
        bus: kafka!.bus,
        store,
        watch,
        definitions,
        clockKind: time.kind,
        logger,
        metrics: app.metrics,
      });
      steps.unshift({ name: 'projector', run: projecting.stop });
      checks.push(...projecting.checks.map(beside));
    },
    async operate(clock) {
      const { rebuild, trial, withheld } = await operateSharedTables({
        ...workersOf({ store, readModels, logger, startFold, folds }),
        store,
        readModels,
        watch,
        rows,
        folds,
        logger,
        definitions,
        clock: () => clock,
        now: time.now,
        clockKind: time.kind,
      });
      // A process that also publishes stays in service without its lists.
      checks.push({ name: 'lists', isNeeded: !roles.has('ingest'), run: () => withheld()?.detail });
      steps.unshift({ name: 'rebuild', run: rebuild.stop });
      steps.unshift({ name: 'trial', run: async () => void (trial.isRunning() && (await trial.cancel())) });
      return { rebuild, trial, withheld };
    },
  };
}
