import type { EventStore } from '@touchstone/event-store';
import type { Measures } from '@touchstone/journey';
import { CHANGES_STREAM, CUSTOMER_STREAM, type Projector, rowsOfCustomer } from '@touchstone/projector';
import { differingRows, parkedOf, type ReadModels, type RowDifference } from '@touchstone/read-models';

export interface AuditSources {
  readonly store: EventStore;
  readonly readModels: Pick<ReadModels, 'clickhouse' | 'listDistrusts'>;
  readonly inForce: () => {
    readonly generation: number;
    readonly measures: Measures;
    readonly projector: Pick<Projector, 'progress'>;
  };
}

/** Customers with more events are passed over: folding them takes the thread that serves longer than an asker should wait. */
export const AUDITED_EVENTS_MAX = 2_000;

/** Every row of the customer held to the fold of the log. Null where they have moved on meanwhile, have too much, or the generation has gone. */
export async function auditCustomer(
  { store, readModels: { clickhouse }, inForce }: AuditSources,
  customerId: string,
): Promise<readonly RowDifference[] | null> {
  const { generation, measures, projector } = inForce();
  // Rows of earlier rules are filled anew, and until then are what those rules made.
  if (measures.rules !== undefined) return null;
  const projected = projector.progress.position();
  const published = await streamOf(store, CUSTOMER_STREAM + customerId);
  const announced = await streamOf(store, CHANGES_STREAM + customerId);
  if (published === null || announced === null) return null;
  const log = { published, announced };
  const isBeyond = ({ position }: { readonly position: bigint }) => position > projected;
  if (published.some(isBeyond) || announced.some(isBeyond)) return null;
  const compare = async (condemned: ReadonlyMap<bigint, string>) =>
    differingRows(clickhouse, generation, customerId, await rowsOfCustomer(measures, log, condemned));
  let found = await compare(new Map());
  if (found.some(({ table }) => table === 'parked')) {
    // Of some events it is known alone by trying whole ranges that no rows can be made of them.
    found = await compare(await parkedOf(clickhouse, generation, customerId));
  }
  if (found.length === 0) return found;
  const isStill = await Promise.all([
    hasEnded(store, CUSTOMER_STREAM + customerId, published.length),
    hasEnded(store, CHANGES_STREAM + customerId, announced.length),
  ]);
  return isStill.every(Boolean) && inForce().generation === generation ? found : null;
}

const hasEnded = async (store: EventStore, stream: string, events: number) =>
  (await streamOf(store, stream))?.length === events;

async function streamOf(store: EventStore, stream: string) {
  const events = [];
  for await (const page of store.streamPages(stream)) {
    events.push(...page);
    if (events.length > AUDITED_EVENTS_MAX) return null;
  }
  return events;
}
