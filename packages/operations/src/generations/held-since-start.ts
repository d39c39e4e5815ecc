import { setTimeout as pause } from 'node:timers/promises';
import type { ReadModels } from '@touchstone/read-models';
import type { Logger } from '@touchstone/runtime';
import type { GenerationWatch } from './generation-watch.ts';
import { DAMAGED, START_PATIENCE_MS } from './mending.ts';
import type { RowsInForce } from './rows-in-force.ts';
import { verifications } from './verifications.ts';
import { type WithheldLists, withheldLists } from './withheld-lists.ts';

/**
 * While lanes write, rows stand beyond their checkpoints. Lists are withheld for this many tries,
 * with this pause between, to find each lane at rest once; after that the projector goes on trying.
 */
const HOLDING = { tries: 10, againMs: 500 };

interface HeldRows {
  readonly readModels: Pick<ReadModels, 'verify'>;
  readonly watch: Pick<GenerationWatch, 'current' | 'inForce' | 'engineStarts' | 'distrusted'>;
  readonly rows: Pick<RowsInForce, 'distrust'>;
}

/**
 * Withholds lists until the rows have been compared with their checkpoints once since this process
 * and the ClickHouse server started, because a server that lost power may have lost rows. Resolves
 * once that is known, or takes longer than a start may; a later call of `problem` tries again where
 * the comparison failed.
 */
export async function heldSinceStart(
  { readModels, watch, rows }: HeldRows,
  logger: Logger,
): Promise<Pick<WithheldLists, 'problem'>> {
  const lists = withheldLists();
  let heldSince = 0;
  let underWay: Promise<void> | undefined;

  async function hold(): Promise<void> {
    const [starts, { generation }] = [watch.engineStarts(), watch.inForce()];
    try {
      for await (const { isWhole, faults } of verifications(readModels, generation, HOLDING)) {
        if (watch.inForce().generation !== generation) return;
        if (!isWhole) return rows.distrust(faults.join('; '));
      }
      heldSince = starts;
    } catch (error) {
      logger.warn({ err: error, generation }, 'whether the read model holds what was written could not be asked');
    }
  }

  const check = () => {
    // Rows that do not exist yet cannot have been lost.
    if (watch.current() === null) heldSince = watch.engineStarts();
    if (heldSince === watch.engineStarts()) return lists.release(DAMAGED);
    lists.withhold({ code: DAMAGED, detail: BEING_CHECKED });
    // Distrusted rows are withheld until others are in force, which are compared then.
    if (watch.distrusted() !== null) return;
    underWay ??= hold().finally(() => {
      underWay = undefined;
    });
  };
  check();
  await Promise.race([underWay, pause(START_PATIENCE_MS, undefined, { ref: false })]);
  return {
    problem() {
      check();
      return lists.problem();
    },
  };
}

const BEING_CHECKED = 'Whether the read model holds what was written is being checked. Ask again in a moment.';
