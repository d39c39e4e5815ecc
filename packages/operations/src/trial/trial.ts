import type { TrialStatus } from '@touchstone/api';
import type { EventStore } from '@touchstone/event-store';
import { clockKindOf, definitionsByType, encodeMeasures, type MeasurementRules, policyWith } from '@touchstone/journey';
import type { TablesParts } from '../operation-parts.ts';
import { underWay } from '../under-way.ts';
import type { DeadlineClock, Filling } from '../workers.ts';
import { type TrialLog, trialLog } from './trial-log.ts';
import { reportTrial } from './trial-report.ts';
import { NO_TRIAL, type Trial, type TrialRequest } from './trial-request.ts';

export interface TrialOptions extends Omit<TablesParts, 'clockKind'> {
  /** The generation in force, with which the trial is compared. */
  readonly inForce: () => {
    readonly generation: number;
    readonly measures: MeasurementRules;
    readonly projector: Pick<Filling, 'progress'>;
  };
  readonly isRebuilding: () => boolean;
}

export interface ServedTrial extends Trial {
  isRunning(): boolean;
}

const REACH_MS = 60_000;
/** The fill repeats with what arrived meanwhile, until it is at most this many positions behind. */
const BEHIND_MAX = 5_000n;

/**
 * Runs one trial at a time and keeps its report in memory. A restart forgets it and drops its
 * tables.
 */
export function createTrials(options: TrialOptions): ServedTrial {
  let status = NO_TRIAL;
  let running: { readonly done: Promise<void>; readonly stopping: AbortController } | undefined;
  const note = (news: Partial<TrialStatus>) => {
    status = { ...status, ...news };
  };
  const finish = (news: Partial<TrialStatus>) => note({ ...news, phase: null, finishedAt: Date.now() });

  async function run(request: TrialRequest, signal: AbortSignal): Promise<void> {
    const { logger } = options;
    try {
      const report = await tryOut(options, request, note, signal);
      finish({ state: 'done', report });
      logger.info(
        { customers: report.comparison.customers, journeys: report.comparison.journeys },
        'the trial is done',
      );
    } catch (error) {
      if (signal.aborted) return finish({ state: 'cancelled' });
      finish({ state: 'failed', error: (error as Error).message });
      logger.error({ err: error }, 'the trial failed; nothing that answers was changed');
    }
  }

  return {
    start: async (request) => {
      if (running !== undefined)
        throw underWay('A trial', 'wait for its report (GET /v1/trial) or cancel it (DELETE /v1/trial)');
      if (options.isRebuilding()) throw underWay('A rebuild', 'wait until it is done (GET /v1/rebuild)');
      const stopping = new AbortController();
      status = { ...NO_TRIAL, state: 'running', phase: 'filling', startedAt: Date.now() };
      const done = run(request, stopping.signal).finally(() => {
        running = undefined;
      });
      running = { done, stopping };
    },
    status: () => status,
    cancel: async () => {
      if (running === undefined) {
        status = NO_TRIAL;
        return;
      }
      running.stopping.abort(new Error('the trial was cancelled'));
      await running.done;
    },
    isRunning: () => running !== undefined,
  };
}

type Note = (news: Partial<TrialStatus>) => void;

async function tryOut(options: TrialOptions, request: TrialRequest, note: Note, signal: AbortSignal) {
  const { readModels, store } = options;
  const before = options.inForce();
  const measures = await measuresOf(options, before.measures, request);
  const encoded = encodeMeasures(measures.policy, measures.definitions.values(), clockKindOf(measures));
  const { number: generation } = await readModels.createGeneration(encoded, await store.identity());
  const log = trialLog(store);
  let filling: Filling | undefined;
  try {
    signal.throwIfAborted();
    filling = await options.startFilling({ log, generation, measures, isAudible: () => false });
    await options.clock()?.settled();
    const position = await fill(store, log, filling, note, signal);
    note({ phase: 'settling' });
    const now = await options.now();
    if (now !== null)
      await settleTo(options.startTrialClock({ log, generation, measures, filling, now }), { log, filling }, signal);
    // Settles both sides to the same now first. A deadline passed meanwhile would move its
    // customers beyond the compared position.
    await options.clock()?.settled();
    signal.throwIfAborted();
    note({ phase: 'comparing' });
    const { progress } = before.projector;
    if (!(await progress.reached(position, REACH_MS))) {
      throw new Error(`the generation in force stands still at position ${progress.position()}`);
    }
    const sides = {
      before: { generation: before.generation, upTo: position },
      after: { generation, upTo: await log.head() },
    };
    return await reportTrial({
      store,
      folds: options.folds,
      clickhouse: readModels.clickhouse,
      compared: sides,
      position,
      now,
      before: before.measures,
      after: measures,
      limit: request.limit,
      onCompared: () => note({ phase: 'explaining' }),
      signal,
    });
  } finally {
    await filling?.stop();
    await readModels.dropGeneration(generation);
  }
}

/**
 * The requested changes over what a rebuild would take: the newest definitions, and the policy in
 * force.
 */
async function measuresOf(
  options: TrialOptions,
  inForce: MeasurementRules,
  request: TrialRequest,
): Promise<MeasurementRules> {
  const given = new Set(request.definitions.map(({ type }) => type));
  const others = (await options.definitions()).filter(({ type }) => !given.has(type));
  return {
    policy: policyWith(inForce.policy, request.policy ?? {}),
    definitions: definitionsByType([...others, ...request.definitions]),
    ...(inForce.settlesToRecording && { settlesToRecording: inForce.settlesToRecording }),
  };
}

/** Resolves with the log position at which the trial stops. */
async function fill(
  store: EventStore,
  log: TrialLog,
  { progress, fault }: Filling,
  note: Note,
  signal: AbortSignal,
): Promise<bigint> {
  for (let target = await store.head(); ; ) {
    log.extendTo(target);
    while (!(await progress.reached(target, 200))) {
      signal.throwIfAborted();
      const hindered = fault();
      const error = hindered === null ? null : `it is tried again: ${(hindered as Error).message}`;
      note({ position: progress.position(), target, error });
    }
    note({ position: target, target, error: null });
    const head = await store.head();
    if (head - target <= BEHIND_MAX) return target;
    target = head;
  }
}

/**
 * Announces what falls due under the trial's measures, in its tables only, the way the clock
 * service would.
 */
async function settleTo(
  clock: DeadlineClock,
  { log, filling }: { readonly log: TrialLog; readonly filling: Filling },
  signal: AbortSignal,
): Promise<void> {
  const stop = () => void clock.stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    await clock.settled();
    signal.throwIfAborted();
    const head = await log.head();
    while (!(await filling.progress.reached(head, 200))) signal.throwIfAborted();
  } finally {
    signal.removeEventListener('abort', stop);
    await clock.stop();
  }
}
