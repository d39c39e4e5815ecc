import type { Logger, Problem } from '@touchstone/runtime';
import type { TablesParts } from '../operation-parts.ts';
import { openRebuilds, type Rebuilds, type RebuildsOptions } from '../rebuild/rebuilds.ts';
import { sharedClaim } from '../rebuild/shared-claim.ts';
import { createTrials, type ServedTrial } from '../trial/trial.ts';
import { type GenerationWatch, LOOK_MS } from './generation-watch.ts';
import { heldSinceStart } from './held-since-start.ts';
import { DAMAGED, whyNotAgain } from './mending.ts';
import { OF_ANOTHER_LOG, OTHER_LOG } from './of-another-log.ts';
import type { Rows } from './rows.ts';
import type { RowsInForce } from './rows-in-force.ts';
import { type WithheldLists, withheldLists } from './withheld-lists.ts';

export interface SharedTablesOptions extends TablesParts {
  readonly watch: GenerationWatch;
  readonly rows: Pick<RowsInForce, 'distrust'>;
}

/** Rebuilds and trials over tables that several processes share. */
export interface SharedTables {
  readonly rebuild: Rebuilds;
  readonly trial: ServedTrial;
  /** The problem because of which lists may not be answered now; null if they may. */
  withheld(): Problem | null;
}

/**
 * After a switch other processes still read and write the old generation until their next look, and
 * finish what they have begun.
 */
const NOTICE_MS = 10 * LOOK_MS;
/**
 * How long (ms) the rebuild waits for the projectors of the old generation, which announce what was
 * projected in silence.
 */
const TELL_MS = 60_000;

/**
 * Operates on tables that others fill: the process that rebuilds fills the new generation alone,
 * straight from the log. After the switch the projectors continue in it, each partition from its
 * position.
 */
export async function operateSharedTables(options: SharedTablesOptions): Promise<SharedTables> {
  const { watch, logger } = options;
  const rebuild: Rebuilds = openSharedRebuilds({ ...options, trial: () => trial });
  const trial = createTrials({
    ...options,
    inForce: () => ({ ...watch.inForce(), projector: watch }),
    isRebuilding: rebuild.isRunning,
  });
  const distrusted = distrustedLists(options, rebuild);
  const held = await heldSinceStart(options, logger);
  const otherLog = listsOfAnotherLog(watch, rebuild);
  void rebuild.fillAnew().catch((error: unknown) => {
    logger.error({ err: error }, 'the read model could not be filled anew; pnpm touchstone rebuild tries again');
  });
  const withheld = () => otherLog.problem() ?? distrusted.problem() ?? held.problem();
  return { rebuild, trial, withheld };
}

/** The rebuilds of one among several processes, which decide by a lease in the tables. */
export function openSharedRebuilds(
  options: Omit<RebuildsOptions, 'rows' | 'claim'> & Pick<SharedTablesOptions, 'watch'>,
): Rebuilds {
  const { readModels, watch, logger, renewMs } = options;
  return openRebuilds({ ...options, rows: sharedRows(watch, logger), claim: sharedClaim(readModels, logger, renewMs) });
}

function sharedRows(watch: GenerationWatch, logger: Logger): Rows {
  return {
    noticeMs: NOTICE_MS,
    current: watch.current,
    inForce: () => ({ ...watch.inForce(), projector: watch }),
    whose: watch.whose,
    isTrusted: () => watch.distrusted() === null,
    look: watch.look,
    // The watch sees by itself that the log, or the generation in force, is another one.
    onDiverged: () => undefined,
    onFilling: () => undefined,
    onEnded: () => undefined,
    async goOver({ projector }, isAnnounced, switchOver) {
      await projector.stop();
      if (isAnnounced) await announcedUpTo(projector.progress.position(), watch, logger);
      await switchOver();
      // The switch is done, whether this look sees it or the next one.
      await watch.look().catch(() => undefined);
    },
  };
}

/** Resolves once the projectors of the generation in force are as far, or after {@link TELL_MS}. */
async function announcedUpTo(position: bigint, { progress }: GenerationWatch, logger: Logger): Promise<void> {
  if (await progress.reached(position, TELL_MS)) return;
  const [from, to] = [String(progress.position()), String(position)];
  logger.error({ from, to }, 'the old generation stands still: changes between are not announced');
}

/** Withholds lists while the rows are of another log; one process fills others. */
function listsOfAnotherLog(watch: GenerationWatch, rebuild: Rebuilds): Pick<WithheldLists, 'problem'> {
  const lists = withheldLists();
  // A process that may not adopt the rows of another log has already failed at start.
  const isToBeAdopted = watch.whose() === 'foreign';
  const look = () => {
    if (watch.whose() === 'ours') return lists.release(OTHER_LOG);
    lists.withhold({ code: OTHER_LOG, detail: OF_ANOTHER_LOG, progress: rebuild.status });
    if (watch.whose() === 'diverged' || isToBeAdopted) void rebuild.followLog();
  };
  look();
  watch.onNews(look);
  return lists;
}

/**
 * Every process withholds lists of distrusted rows. One of them refills the rows, at most once an
 * hour, as recorded in the tables.
 */
function distrustedLists(
  { readModels, watch, logger }: SharedTablesOptions,
  rebuild: Rebuilds,
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
      lists.withhold({ code: DAMAGED, detail, progress: rebuild.status });
      return lists.problem();
    },
  };
}
