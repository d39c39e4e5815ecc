import { toldCut } from '@touchstone/customer-folds';
import { customerStream, type HistoryCut } from '@touchstone/journey';
import { Problem } from '@touchstone/runtime';
import type { QueryDeps } from '../deps.ts';

/** What is missing of a customer's history: as the log says, or as their stream shows before anybody has said so; null where nothing is. */
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
