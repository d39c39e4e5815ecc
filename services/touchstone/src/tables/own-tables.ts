import type { Clock } from '@touchstone/clock';
import { type OwnTables, startOwnTables } from '@touchstone/operations';
import { tracedProjection } from '@touchstone/projector';
import { ReadModelError } from '@touchstone/read-models';
import type { ReadinessCheck } from '@touchstone/runtime';
import type { Parts } from '../roles/role.ts';
import { workersOf } from '../workers.ts';
import type { ProcessParts, ReadSide, Tables } from './tables.ts';

/** The tables of a process that alone fills them, straight from the log. */
export function ownTables(readSide: ReadSide, { checks }: ProcessParts): Tables {
  let started: OwnTables | undefined;
  const listeners = new Set<() => void>();
  const tables = (): OwnTables => {
    if (started === undefined) throw new ReadModelError('unavailable', 'The read model is not filled yet.');
    return started;
  };
  const { readModels } = readSide;
  checks.push({ name: 'read model', run: async () => void (await readModels.currentGeneration()) });
  return {
    ...readSide,
    current: () => started?.inForce() ?? null,
    inForce: () => tables().inForce(),
    progress: {
      position: () => tables().inForce().projector.progress.position(),
      reached: (position, timeoutMs) => tables().inForce().projector.progress.reached(position, timeoutMs),
    },
    parked: () => tables().inForce().projector.parked,
    // This process alone brings them further, and knows of it.
    look: async () => undefined,
    onNews: (listener) => void listeners.add(listener),
    rows: {
      isCounted: (position) => started?.rows.isCounted(position) === true,
      distrust: (reason) => started?.rows.distrust(reason),
      isTrusted: () => started?.mending.isTrusted() === true,
    },
    assureLog: () => tables().assureLog(),
    async fill(parts) {
      started = await startFilled(readSide, parts);
      parts.steps.unshift({ name: 'projector', run: started.stop });
      parts.checks.push(projectorCheck(started), started.mending.check);
      for (const listener of listeners) listener();
    },
    async operate() {
      const { rebuild, trial, lists } = tables();
      return { rebuild, trial, withheld: lists.problem };
    },
  };
}

function startFilled({ readModels, startFold, folds }: ReadSide, parts: Parts): Promise<OwnTables> {
  const { store, logger, time, ledger, tracing } = parts;
  const traced = tracedProjection({ readModels, startFold }, tracing);
  // The role of the clock is started after the rows that it watches.
  const clock = (): Clock | undefined => parts.clock;
  return startOwnTables({
    ...workersOf({ store, ...traced, folds, logger, clock }),
    store,
    readModels: traced.readModels,
    folds,
    logger,
    definitions: () => ledger.latest(),
    clock,
    now: time.now,
    clockKind: time.kind,
  });
}

function projectorCheck({ inForce }: OwnTables): ReadinessCheck {
  return {
    name: 'projector',
    // Only lists grow stale; publishing and single customers still work.
    isNeeded: false,
    run: () => {
      const fault = inForce().projector.fault();
      return fault === null ? undefined : `stands still: ${fault instanceof Error ? fault.message : String(fault)}`;
    },
  };
}
