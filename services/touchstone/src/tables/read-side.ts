import { availableParallelism } from 'node:os';
import { openCustomerFolds } from '@touchstone/customer-folds';
import { foldThreadsOf, openFoldThreads } from '@touchstone/projector';
import type { Opening } from '../open-servers.ts';
import type { ProcessParts, ReadSide } from './tables.ts';

/** Opens the read model and the threads that fold for it. */
export async function openReadSide(
  opening: Opening,
  { store, steps }: Pick<ProcessParts, 'store' | 'steps'>,
): Promise<ReadSide> {
  const readModels = await opening.tables(store);
  steps.unshift({ name: 'read models', run: () => readModels.close() });
  const threads = openFoldThreads(foldThreadsOf(availableParallelism()));
  steps.unshift({ name: 'fold threads', run: threads.close });
  const folds = openCustomerFolds();
  steps.unshift({ name: 'folds of single customers', run: folds.close });
  return { readModels, startFold: threads.startFold, folds };
}
