import { eventsOfPages, type StoredEvent } from '@touchstone/event-store';
import { changesStream, type HistoryCut, historyCutOf, standingCut } from '@touchstone/journey';
import { LRUCache } from 'lru-cache';
import { namedIn, type Streams } from './cut-customers.ts';

/** Customers for whom it is remembered how far they were read. */
const REMEMBERED_MAX = 1_000;
/** Answers of a log that was replaced by its backup are forgotten after this time. */
const REMEMBERED_MS = 10_000;

/** The cuts announced up to a position. */
interface Told {
  readonly upTo: bigint;
  readonly cuts: readonly StoredEvent[];
}

const NOTHING: Told = { upTo: 0n, cuts: [] };
const remembered = new WeakMap<Streams, LRUCache<string, Promise<Told>>>();

/**
 * The part missing from a customer's history, as announced in the log up to a position; null if
 * nothing is missing. Reads announcements only if the log names the customer as cut or others may
 * cut streams, and later calls read only those since the call before.
 */
export async function toldCut(
  store: Streams,
  customerId: string,
  upTo?: bigint | undefined,
): Promise<HistoryCut | null> {
  if (store.cutOf === undefined && !(await namedIn(store)).has(customerId)) return null;
  const stream = changesStream(customerId);
  if (upTo !== undefined) return standingCut(await eventsOfPages(store.streamPages(stream, { upTo })));
  return standingCut((await toldSince(store, stream)).cuts);
}

/** Readers of one customer wait for each other, so that the first of many reads everything. */
function toldSince(store: Streams, stream: string): Promise<Told> {
  let known = remembered.get(store);
  if (known === undefined) {
    known = new LRUCache({ max: REMEMBERED_MAX, ttl: REMEMBERED_MS, noUpdateTTL: true });
    remembered.set(store, known);
  }
  const before = known.get(stream)?.catch(() => NOTHING) ?? Promise.resolve(NOTHING);
  const told = before.then((given) => readOn(store, stream, given));
  known.set(stream, told);
  return told;
}

async function readOn(store: Streams, stream: string, before: Told): Promise<Told> {
  let { upTo } = before;
  const cuts = [...before.cuts];
  for await (const page of store.streamPages(stream, { after: upTo })) {
    for (const stored of page) {
      upTo = stored.position;
      if (historyCutOf(stored) !== null) cuts.push(stored);
    }
  }
  return { upTo, cuts };
}
