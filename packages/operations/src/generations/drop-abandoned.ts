import type { Generation, ReadModels } from '@touchstone/read-models';
import type { Logger } from '@touchstone/runtime';

/**
 * Drops generations that a killed process left behind: by a rebuild, a trial, or an unfinished
 * drop. One that cannot be dropped is left to the next try.
 */
export async function dropAbandoned(
  readModels: ReadModels,
  logger: Logger,
  isAbandoned: (generation: Generation) => Promise<boolean>,
): Promise<void> {
  for (const generation of await readModels.listGenerations()) {
    const { number, isInForce, kept } = generation;
    if (isInForce || kept !== null || !(await isAbandoned(generation))) continue;
    logger.info({ generation: number }, 'a generation that nobody fills any more is dropped');
    await readModels.dropGeneration(number).catch((error: unknown) => {
      logger.warn({ err: error, generation: number }, 'a generation that nobody fills could not be dropped');
    });
  }
}
