import type { ReadModels } from '@touchstone/read-models';
import type { Logger } from '@touchstone/runtime';
import type { GenerationWatch } from './generation-watch.ts';
import type { ShownRows } from './shown-rows.ts';

/**
 * The rows that several processes share. A fault that one process finds is recorded in the tables,
 * so that all withhold the rows and one process refills them.
 */
export interface RowsInForce extends ShownRows {
  /** Whether the rows are trusted. */
  isTrusted(): boolean;
}

export function rowsInForce(
  readModels: Pick<ReadModels, 'distrust'>,
  watch: Pick<GenerationWatch, 'current' | 'whose' | 'distrusted' | 'parked' | 'progress' | 'look'>,
  logger: Logger,
): RowsInForce {
  /** Generations that this process has reported, or is reporting. */
  const told = new Set<number>();

  async function tell(generation: number, reason: string): Promise<void> {
    try {
      await readModels.distrust(generation, reason);
      logger.error({ generation, reason }, 'the read model does not hold what was written, and is to be filled anew');
      await watch.look();
    } catch (error) {
      told.delete(generation);
      logger.warn({ err: error, generation }, 'that the read model does not hold could not be noted');
    }
  }

  return {
    isTrusted: () => watch.current() !== null && watch.whose() === 'ours' && watch.distrusted() === null,
    isCounted: (position) => position <= watch.progress.position() && !watch.parked().has(position),
    distrust(reason) {
      const target = watch.current();
      if (target === null || watch.distrusted() !== null || told.has(target.generation)) return;
      told.add(target.generation);
      void tell(target.generation, reason);
    },
  };
}
