import { LOG_PATIENCE_MS } from '@touchstone/event-store';
import {
  createTrials,
  DAMAGED,
  DETAIL,
  heldSinceStart,
  lostEvents,
  OTHER_LOG,
  putDefinition,
  type RebuildBeside,
  rebuildBeside,
  type ServedTrial,
  shownGeneration,
  type WithheldLists,
  watchConservation,
  whyNotAgain,
  withheldLists,
} from '@touchstone/operations';
import { queryRoutes } from '@touchstone/query';
import type { Logger } from '@touchstone/runtime';
import { dashboardFolder } from '../process-setting.ts';
import { measureProduct } from '../product-metrics.ts';
import { workersOf } from '../workers.ts';
import { clockOver, type ReadModelParts, type RoleParts } from './role-parts.ts';

/**
 * Switches the periodic clock off (longest timeout). This process settles deadlines when a list is
 * read; the clock role does it periodically.
 */
const ONLY_WHEN_ASKED_MS = 2 ** 31 - 1;

/**
 * Serves reads and operators' requests; others fill the tables. `isAlone`: the process has no other
 * role.
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: the one list of what a query role is made of.
export async function serveQuery(parts: RoleParts, tables: ReadModelParts, isAlone: boolean): Promise<void> {
  const { app, time, store, ledger, logger, steps } = parts;
  const { readModels, watch, startFolder, folds } = tables;
  const generation = () => watch.inForce().generation;
  const clock = clockOver(parts, tables, ONLY_WHEN_ASKED_MS);
  steps.unshift({ name: 'clock of the readers', run: clock.stop });

  const { now, kind: clockKind } = time;
  const definitions = () => ledger.latest();
  const workers = workersOf({ store, readModels, logger, startFolder, folds });
  const operator = { store, readModels, logger, watch, definitions, now, clockKind, folds, ...workers };
  let trial: ServedTrial | undefined;
  const rebuild = rebuildBeside({ ...operator, isTrying: () => trial?.isRunning() === true });
  trial = createTrials({
    ...operator,
    inForce: () => ({ ...watch.inForce(), projector: watch }),
    clock: () => clock,
    isRebuilding: rebuild.isRunning,
  });
  const distrusted = distrustedLists(tables, rebuild, logger);
  const held = await heldSinceStart(tables, logger);
  const lists = { problem: () => distrusted.problem() ?? held.problem() };
  const otherLog = withheldLists();
  // A process that may not adopt the rows of another log has already failed at start.
  const isToBeAdopted = watch.whose() === 'foreign';
  const withholdOthers = () => {
    if (watch.whose() === 'ours') return otherLog.release(OTHER_LOG);
    otherLog.withhold({ code: OTHER_LOG, detail: DETAIL, progress: () => rebuild.status() });
    if (watch.whose() === 'diverged' || isToBeAdopted) void rebuild.followLog();
  };
  withholdOthers();
  watch.onNews(withholdOthers);
  const withheld = () => otherLog.problem() ?? lists.problem();
  parts.checks.push({ name: 'lists', isNeeded: isAlone, run: () => withheld()?.detail });
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
    generation: () => shownGeneration(lists, generation()),
    projected,
    rebuild,
    conservation: conservation.state,
    lostEvents: () => lostEvents(readModels),
  });
  await app.register(queryRoutes, {
    ...accounting,
    withheld,
    assureLog: watch.assureLog,
    logPatienceMs: LOG_PATIENCE_MS,
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
      // Rows that another process wrote a moment ago may be overdue too.
      settled: async () => {
        await watch.look();
        await clock.settled();
      },
      settledSoon: async () => {
        await watch.look();
        return clock.settledSoon();
      },
    },
    definitions: {
      ...ledger,
      put: (definition, by) => putDefinition(definition, { ledger, store, readModels, rebuild }, by),
    },
    rebuild,
    trial,
    dashboardFolder: dashboardFolder(),
  });
}

/**
 * Every process withholds lists of distrusted rows. One of them refills the rows, at most once an
 * hour, as recorded in the tables.
 */
function distrustedLists(
  { readModels, watch }: ReadModelParts,
  rebuild: RebuildBeside,
  logger: Logger,
): Pick<WithheldLists, 'problem'> {
  const lists = withheldLists();
  let standsStill: string | undefined;

  async function mend(reason: string): Promise<void> {
    const { generation } = watch.inForce();
    standsStill = undefined;
    const tooSoon = await whyNotAgain(readModels, generation);
    try {
      if (tooSoon !== undefined) throw new Error(tooSoon);
      await rebuild.fillDistrusted();
    } catch (error) {
      standsStill = (error as Error).message;
      logger.error(
        { err: error, generation, reason },
        'the read model does not hold, and is not filled anew by itself',
      );
    }
  }

  watch.onDistrust((reason) => void mend(reason));
  return {
    problem() {
      const reason = watch.distrusted();
      if (reason === null) return null;
      const done =
        standsStill === undefined
          ? 'It is filled anew from the log, beside.'
          : `It is not filled anew by itself: ${standsStill} \`pnpm touchstone rebuild\` fills it.`;
      const detail = `The read model does not hold what was written (${reason}). ${done}`;
      lists.withhold({ code: DAMAGED, detail, progress: () => rebuild.status() });
      return lists.problem();
    },
  };
}
