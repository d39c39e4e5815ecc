import { queryRoutes, watchConservation } from '@touchstone/query';
import { dashboardFolder } from '../process-setting.ts';
import { measureProduct } from '../product-metrics.ts';
import { putDefinition } from '../put-definition.ts';
import { createTrials, type ServedTrial } from '../trial.ts';
import { rebuildBeside } from './rebuild-beside.ts';
import { clockOver, type ReadModelParts, type RoleParts } from './role-parts.ts';

/** A reader of lists waits for what fell due, and so has it announced at once; without readers that is left to the role of the clock. */
const ONLY_WHEN_ASKED_MS = 2 ** 31 - 1;

/** Reading, and what an operator asks for; others fill the tables. */
export async function serveQuery(parts: RoleParts, tables: ReadModelParts): Promise<void> {
  const { app, time, store, ledger, logger, steps } = parts;
  const { readModels, watch, startFolder, folds } = tables;
  const generation = () => watch.inForce().generation;
  const clock = clockOver(parts, tables, ONLY_WHEN_ASKED_MS);
  steps.unshift({ name: 'clock of the readers', run: clock.stop });

  const { now, kind: clockKind } = time;
  const definitions = () => ledger.latest();
  const operator = { store, readModels, logger, watch, definitions, now, clockKind, startFolder, folds };
  let trial: ServedTrial | undefined;
  const rebuild = rebuildBeside({ ...operator, isTrying: () => trial?.isRunning() === true });
  trial = createTrials({
    ...operator,
    inForce: () => ({ ...watch.inForce(), projector: watch }),
    clock: () => clock,
    isRebuilding: rebuild.isRunning,
  });
  void rebuild.fillAnew().catch((error: unknown) => {
    logger.error({ err: error }, 'the read model could not be filled anew; pnpm touchstone rebuild tries again');
  });
  const { cancel, isRunning } = trial;
  steps.unshift({ name: 'rebuild', run: rebuild.stop });
  steps.unshift({ name: 'trial', run: async () => void (isRunning() && (await cancel())) });

  const projected = watch.progress.position;
  const accounting = { store, readModels, generation, progress: { projected } };
  const conservation = watchConservation({ ...accounting, logger });
  steps.unshift({ name: 'conservation watch', run: conservation.stop });
  measureProduct(app.metrics, {
    store,
    readModels,
    generation,
    projected,
    rebuild,
    conservation: conservation.state,
  });
  await app.register(queryRoutes, {
    ...accounting,
    folds,
    measures: () => watch.inForce().measures,
    now: async () => (await now()) ?? time.clock.now(),
    clockOffByMs: time.clock.offByMs,
    progress: {
      projected,
      latest: async () => {
        await watch.look();
        return projected();
      },
      reached: watch.progress.reached,
      // What others wrote a moment ago may be overdue too.
      settled: async () => {
        await watch.look();
        await clock.settled();
      },
      settledSoon: async () => {
        await watch.look();
        return clock.settledSoon();
      },
    },
    definitions: { ...ledger, put: (definition, by) => putDefinition(definition, ledger, store, rebuild, by) },
    rebuild,
    trial,
    dashboardFolder: dashboardFolder(),
  });
}
