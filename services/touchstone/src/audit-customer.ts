import { type CustomerFolds, toldCut } from '@touchstone/customer-folds';
import type { EventStore } from '@touchstone/event-store';
import { customerStream, type MeasurementRules } from '@touchstone/journey';
import { type ShownOtherwise, shorten, shownOtherwise } from '@touchstone/operations';
import { auditCustomers } from '@touchstone/projection/audit';
import type { Projector } from '@touchstone/projector';
import { countedEvents, type ReadModels, type RowDifference } from '@touchstone/read-models';

export interface AuditSources {
  readonly store: EventStore;
  readonly readModels: Pick<ReadModels, 'clickhouse' | 'listDistrusts'>;
  readonly inForce: () => {
    readonly generation: number;
    readonly measures: MeasurementRules;
    readonly projector: { readonly progress: Pick<Projector['progress'], 'position' | 'reached'> };
  };
  /** Where customers with many events are folded; default: on the caller's thread. */
  readonly folds?: CustomerFolds | undefined;
}

/**
 * Customers with more events than this are not compared field by field, because that would block
 * the serving thread for too long. For them another thread folds the log, and the audit compares
 * what lists show and how many events their rows count.
 */
export const AUDITED_BY_FIELD_MAX = 2_000;

/**
 * Compares the rows of one customer with a fold of the log. Null if the rows have moved on
 * meanwhile, or the generation has been dropped.
 */
export async function auditCustomer(
  sources: AuditSources,
  customerId: string,
): Promise<readonly RowDifference[] | null> {
  const { store, inForce } = sources;
  const { clickhouse } = sources.readModels;
  const { generation, measures, projector } = inForce();
  // Rows made under earlier rules still await a refill, and until then a difference proves nothing.
  if (measures.rules !== undefined) return null;
  const projected = projector.progress.position();
  const audited = { store, clickhouse, generation, measures, projected, eventsMax: AUDITED_BY_FIELD_MAX };
  for await (const answer of auditCustomers(audited, [customerId])) {
    const found = answer.get(customerId)!;
    if (found === 'large') return auditLarge(sources, customerId);
    return found === 'moved' || inForce().generation !== generation ? null : found;
  }
  return null;
}

async function auditLarge(sources: AuditSources, customerId: string): Promise<readonly RowDifference[] | null> {
  const { store, folds, inForce, readModels } = sources;
  const { clickhouse } = readModels;
  const { generation, measures, projector } = inForce();
  const upTo = projector.progress.position();
  const before = await lengthOf(store, customerId);
  if (before.last > upTo) return null;
  const shown = await shownOtherwise({ store, folds }, clickhouse, { generation, upTo }, measures, customerId);
  const counted = await countedEvents(clickhouse, generation, customerId);
  if (shown === null) return null;
  const found = shown.map(asDifference);
  if (counted !== before.events) found.push(asDifference({ what: 'moments', ...asNumbers(counted, before.events) }));
  if (found.length === 0) return found;
  const isStill = (await lengthOf(store, customerId)).events === before.events;
  return isStill && inForce().generation === generation ? found : null;
}

const asNumbers = (found: number, expected: number) => ({ found: String(found), expected: String(expected) });

/** Reports one difference for all rows of a kind, because it is not known which of them differ. */
function asDifference({
  what,
  found,
  expected,
}: Omit<ShownOtherwise, 'what'> & { readonly what: ShownOtherwise['what'] | 'moments' }): RowDifference {
  const table = what === 'customer' ? 'customers' : what;
  const field = what === 'moments' ? 'how many events are counted' : 'what is shown';
  return { table, key: '', field, found: shorten(found), expected: shorten(expected), version: 0n };
}

async function lengthOf(store: EventStore, customerId: string) {
  let events = 0;
  let last = 0n;
  const cut = await toldCut(store, customerId);
  for await (const page of store.streamPages(customerStream(customerId), { after: cut?.upTo })) {
    events += page.length;
    last = page.at(-1)?.position ?? last;
  }
  return { events, last };
}
