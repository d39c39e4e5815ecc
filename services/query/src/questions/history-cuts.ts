import { toldCut } from '@touchstone/customer-folds';
import { customerStream, type HistoryCut } from '@touchstone/journey';
import { Problem } from '@touchstone/runtime';
import type { QueryDeps } from '../deps.ts';

/**
 * The part of a customer's history that is missing: as an event of the log says, or as their stream
 * shows before such an event is written. Null if the history is complete.
 */
export async function cutOf({ store }: Pick<QueryDeps, 'store'>, customerId: string): Promise<HistoryCut | null> {
  const [told, found] = await Promise.all([
    toldCut(store, customerId),
    store.cutOf?.(customerStream(customerId)) ?? null,
  ]);
  if (told === null || found === null) return told ?? found;
  return found.upTo >= told.upTo ? { ...found, isErased: found.isErased || told.isErased } : told;
}

/** @throws Problem for a customer who was deleted for good. */
export function assertNotErased(cut: HistoryCut | null, customerId: string): void {
  if (cut?.isErased !== true) return;
  throw new Problem('customer_erased', `The customer ${customerId} was deleted for good in the event store.`);
}
