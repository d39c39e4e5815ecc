import { toldCut } from '@touchstone/customer-folds';
import { customerStream, type HistoryCut } from '@touchstone/journey';
import { Problem } from '@touchstone/runtime';
import type { QueryDeps } from '../deps.ts';

/**
 * The part of a customer's history that is missing: as an event of the log says, or as their stream
 * shows before such an event is written. Null if the history is complete.
 */
export async function cutOf({ store }: Pick<QueryDeps, 'store'>, customerId: string): Promise<HistoryCut | null> {
  const stream = customerStream(customerId);
  const [told, found] = await Promise.all([toldCut(store, customerId), store.cutOf?.(stream) ?? null]);
  const cut = told === null || found === null ? (told ?? found) : laterOf(told, found);
  if (cut?.isErased !== true || found?.isErased === true) return cut;
  // A copy of the log takes events of a customer who was deleted for good in the first one.
  for await (const _ of store.streamPages(stream, { after: cut.upTo })) return { ...cut, isErased: false };
  return cut;
}

function laterOf(told: HistoryCut, found: HistoryCut): HistoryCut {
  return found.upTo >= told.upTo ? { ...found, isErased: found.isErased || told.isErased } : told;
}

/** @throws Problem for a customer who was deleted for good. */
export function assertNotErased(cut: HistoryCut | null, customerId: string): void {
  if (cut?.isErased !== true) return;
  throw new Problem('customer_erased', `The customer ${customerId} was deleted for good in the event store.`);
}
