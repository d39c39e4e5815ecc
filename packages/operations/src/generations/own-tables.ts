import { setTimeout as pause } from 'node:timers/promises';
import { decodeMeasures, encodeMeasures, type MeasurementRules, policyV1 } from '@touchstone/journey';
import type { Generation } from '@touchstone/read-models';
import { encodeChanged, encodeInForce } from '../definitions/measures-in-force.ts';
import { isSameInForce, measuresRegistry } from '../definitions/measures-registry.ts';
import type { TablesParts } from '../operation-parts.ts';
import { ownClaim } from '../rebuild/claim.ts';
import type { ServedRebuild } from '../rebuild/rebuild.ts';
import { openRebuilds, type Rebuilds } from '../rebuild/rebuilds.ts';
import { createTrials, type ServedTrial } from '../trial/trial.ts';
import type { Filling } from '../workers.ts';
import { dropAbandoned } from './drop-abandoned.ts';
import { type Whose, whoseRows } from './log-of-rows.ts';
import { type Mending, mending, START_PATIENCE_MS } from './mending.ts';
import { OF_ANOTHER_LOG, OTHER_LOG } from './of-another-log.ts';
import type { Rows } from './rows.ts';
import type { ShownRows } from './shown-rows.ts';
import { type WithheldLists, withheldLists } from './withheld-lists.ts';

/** The generation in force, its measures and its projector. */
interface InForce {
  readonly generation: number;
  readonly measures: MeasurementRules;
  readonly projector: Filling;
}

/** The tables of a process that alone fills them, and what operators may do with them. */
export interface OwnTables {
  inForce(): InForce;
  readonly rebuild: ServedRebuild;
  readonly trial: ServedTrial;
  /** Whether rows may be shown. */
  readonly lists: WithheldLists;
  readonly mending: Pick<Mending, 'check' | 'distrust' | 'isTrusted'>;
  /** For the parts that meet damaged events. */
  readonly rows: ShownRows;
  /**
   * Resolves once it is known whether the log is still the one of the rows; if not, they are
   * withheld. Rejects if the log cannot be asked.
   */
  assureLog(): Promise<void>;
  stop(): Promise<void>;
}

export interface OwnTablesOptions extends TablesParts {
  /** For tests: see {@link MendingOptions.againMs}. */
  readonly fillAgainMs?: number | undefined;
}

/**
 * How long (ms) the projector of the generation before may take to announce what the new one
 * projected in silence.
 */
const TELL_MS = 60_000;

interface State {
  inForce: InForce;
  whose: Whose;
  isStopped: boolean;
}

/**
 * Opens the generation in force, or creates the first one, and keeps it up to date; rebuilds and
 * switches on demand.
 */
export async function startOwnTables(options: OwnTablesOptions): Promise<OwnTables> {
  const { store, readModels, logger } = options;
  const { generation, whose } = await generationToServe(options);
  const lists = withheldLists();
  const state: State = { inForce: unfilled(generation), whose, isStopped: false };
  let onServed: () => void = () => undefined;
  const served = new Promise<void>((resolve) => {
    onServed = resolve;
  });
  const rows = ownRows(options, state, {
    isTrusted: () => mends.isTrusted(),
    serve: (next) => {
      state.inForce = next;
      mends.noteSwitched();
      onServed();
    },
    onOtherLog: () => {
      if (!state.isStopped && !rebuilds.isFollowing()) void follow();
    },
  });
  const rebuilds: Rebuilds = openRebuilds({ ...options, rows, claim: ownClaim(readModels), trial: () => trial });
  const isFilling = () => rebuilds.isRunning() || rebuilds.isFollowing();
  const trial = createTrials({
    ...options,
    inForce: () => state.inForce,
    isRebuilding: () => isFilling() || !mends.isTrusted(),
  });
  const mends = mending({
    store,
    readModels,
    logger,
    lists,
    inForce: () => state.inForce,
    fill: rebuilds.fillDistrusted,
    rebuild: rebuilds.status,
    againMs: options.fillAgainMs,
  });

  /** Withholds the lists until the rows are of this log. */
  async function follow(): Promise<void> {
    lists.withhold({ code: OTHER_LOG, detail: OF_ANOTHER_LOG, progress: rebuilds.status });
    await rebuilds.followLog();
    if (state.isStopped) return;
    lists.release(OTHER_LOG);
    options.clock()?.lookAgain();
    logger.info('the read model is of this log now, and answers');
    rows.onEnded();
  }

  if (whose === 'ours') {
    state.inForce = await fillInForce(options, rows, generation);
    await mends.hold();
  } else {
    const followed = follow();
    await Promise.race([served, followed]);
    await Promise.race([followed, pause(START_PATIENCE_MS, undefined, { ref: false })]);
  }
  const told = await measuresRegistry(store).inForce();
  if (!isFilling()) beginWhatIsDue(options, state.inForce, told, rebuilds);
  return {
    inForce: () => state.inForce,
    trial,
    lists,
    mending: mends,
    rows: shownRows(state, mends),
    assureLog: () => assureLog(options, state, rows),
    rebuild: rebuilds,
    stop: async () => {
      state.isStopped = true;
      mends.stop();
      if (trial.isRunning()) await trial.cancel();
      await rebuilds.stop();
      await state.inForce.projector.stop();
    },
  };
}

function shownRows(state: State, { distrust }: Mending): ShownRows {
  return {
    isCounted(position) {
      const { progress, parked } = state.inForce.projector;
      return position <= progress.position() && !parked.has(position);
    },
    distrust,
  };
}

async function assureLog({ store }: OwnTablesOptions, { inForce }: State, rows: Rows): Promise<void> {
  const history = inForce.projector.history();
  if (history !== undefined && !(await store.holds(history))) rows.onDiverged(inForce.generation);
}

interface OwnRowsParts {
  readonly isTrusted: () => boolean;
  /** From now on this process answers from it. */
  readonly serve: (next: InForce) => void;
  /** The rows turned out to be of another log. */
  readonly onOtherLog: () => void;
}

function ownRows(options: OwnTablesOptions, state: State, { isTrusted, serve, onOtherLog }: OwnRowsParts): Rows {
  const { readModels, logger } = options;
  const rows: Rows = {
    noticeMs: 0,
    current: () => state.inForce,
    inForce: () => state.inForce,
    whose: () => state.whose,
    isTrusted,
    async look() {
      try {
        const current = (await readModels.currentGeneration())!;
        const whose = await whoseRows(options, current);
        const isFilled = current.number === state.inForce.generation && !state.inForce.projector.hasDiverged();
        // The log that the rows come from is there again.
        if (whose === 'ours' && !isFilled) serve(await fillInForce(options, rows, current));
        state.whose = whose;
      } catch (error) {
        logger.warn({ err: error }, 'which log the rows come from could not be asked');
      }
    },
    onDiverged(generation) {
      if (generation !== state.inForce.generation) return;
      state.whose = 'diverged';
      onOtherLog();
    },
    onFilling(next, inPlaceOf) {
      if (inPlaceOf === 'ours') return;
      // Rows of another log answer nothing any more, so this process goes over at once.
      void state.inForce.projector.stop();
      serve(next);
    },
    onEnded() {
      const { generation, projector } = state.inForce;
      if (projector.hasDiverged()) rows.onDiverged(generation);
    },
    async goOver(next, isAnnounced, switchOver) {
      const before = state.inForce;
      await switchOver();
      serve(next);
      state.whose = 'ours';
      next.speak();
      options.clock()?.lookAgain();
      if (before.projector === next.projector) return;
      if (isAnnounced) await before.projector.progress.reached(next.projector.progress.position(), TELL_MS);
      await before.projector.stop();
    },
  };
  return rows;
}

async function fillInForce(
  { startFilling }: OwnTablesOptions,
  rows: Rows,
  { number: generation, measures: text }: Generation,
): Promise<InForce> {
  const measures = decodeMeasures(text);
  const onDiverged = () => rows.onDiverged(generation);
  return { generation, measures, projector: await startFilling({ generation, measures, onDiverged }) };
}

/** Rows that nothing fills: of another log than this one. */
function unfilled({ number: generation, measures }: Generation): InForce {
  return {
    generation,
    measures: decodeMeasures(measures),
    projector: {
      progress: { position: () => 0n, reached: async () => false },
      parked: new Set(),
      stopped: Promise.resolve(),
      fault: () => null,
      interlude: (work) => work(),
      hasDiverged: () => true,
      history: () => undefined,
      stop: async () => undefined,
    },
  };
}

/** Repeats a rebuild that was cut short, or fills the rows anew under new rules. */
function beginWhatIsDue(
  options: OwnTablesOptions,
  { generation, measures }: InForce,
  told: Pick<MeasurementRules, 'policy' | 'definitions'> | null,
  rebuilds: Rebuilds,
): void {
  if (told === null || isSameInForce(told, measures)) return void rebuilds.fillAnew();
  options.logger.warn({ generation }, TOLD_OTHERWISE);
  void rebuilds.fillWith(() => encodeChanged(told, { ...options, before: measures }));
}

const TOLD_OTHERWISE =
  'the log says that other definitions are in force than the read model is measured with, because a rebuild was cut short: it is repeated';

interface ToServe {
  readonly generation: Generation;
  readonly whose: Whose;
}

/** The generation in force, or a new one if the folder is new or nothing was stored yet. */
async function generationToServe(options: OwnTablesOptions): Promise<ToServe> {
  const { readModels, store, logger } = options;
  // A rebuild that was killed starts again instead of resuming, because its definitions may have
  // changed since.
  await dropAbandoned(readModels, logger, async () => true);
  const current = await readModels.currentGeneration();
  const whose = current === null ? 'ours' : await whoseRows(options, current);
  if (current !== null && whose !== 'ours') return { generation: current, whose };
  // History keeps its measures; an empty log has no history.
  const isUsed = (await store.greatestTime()) !== null;
  if (current !== null && isUsed) return { generation: current, whose };
  const generation = await createFirst(options, isUsed);
  await readModels.switchTo(generation.number);
  if (current !== null) await readModels.dropGeneration(current.number);
  return { generation, whose };
}

async function createFirst(options: OwnTablesOptions, isUsed: boolean): Promise<Generation> {
  const { readModels, store, definitions, clockKind } = options;
  const measures = isUsed ? await encodeInForce(options) : encodeMeasures(policyV1, await definitions(), clockKind);
  return readModels.createGeneration(measures, await store.identity());
}
