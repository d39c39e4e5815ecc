import type { StoredEvent } from '@touchstone/event-store';
import { CUSTOMER_STREAM, customerOf } from '@touchstone/journey';
import { type ProjectedPosition, projectedPositions } from '@touchstone/read-models';
import { timeSlices } from '@touchstone/runtime';
import type { Conservation, ConservationRow, ConservationSources } from './conservation.ts';

/**
 * `missing`: in the log, but not in the read model; `repeated`: in the read model more than once;
 * `unknown`: in the read model, but not in the log.
 */
export type FaultKind = 'missing' | 'repeated' | 'unknown';

export interface ConservationFault {
  readonly fault: FaultKind;
  readonly id: string;
  readonly customerId: string;
  readonly position: bigint;
}

/** A row with a gap, and the faulty events that the search found for it. */
export interface ConservationGap {
  readonly minute: number;
  readonly source: string;
  /** See {@link ConservationRow}. */
  readonly gap: number;
  /** Number of faulty events found. */
  readonly found: number;
  /** The first of them, up to the limit of names. */
  readonly events: readonly ConservationFault[];
  /** False where the search ended early, because there was too much to search. */
  readonly isSearched: boolean;
}

export interface SearchLimits {
  /** Greatest number of rows to search. */
  readonly gapsMax: number;
  /** Greatest number of faulty events to name, over all rows. */
  readonly namedMax: number;
  /** Greatest number of events to compare, over all rows. */
  readonly searchedMax: number;
}

const PAGE = 5000;
/** Events of the log per page. */
const LOG_PAGE = 500;

/**
 * Finds the faulty events of the first rows that have a gap: compares the events of the minute and
 * source in the log with those in the read model.
 */
export async function findFaults(
  sources: ConservationSources,
  conservation: Conservation,
  limits: SearchLimits,
): Promise<ConservationGap[]> {
  const left = { named: limits.namedMax, search: limits.searchedMax, isOver: false };
  const gaps: ConservationGap[] = [];
  for (const row of conservation.rows) {
    if (row.gap === 0) continue;
    if (gaps.length === limits.gapsMax) break;
    const { minute, source, gap } = row;
    const events: ConservationFault[] = [];
    let found = 0;
    for await (const fault of faultsOf(sources, conservation, row, left)) {
      found += 1;
      if (left.named <= 0) continue;
      left.named -= 1;
      events.push(fault);
    }
    gaps.push({ minute, source, gap, found, events, isSearched: !left.isOver });
  }
  return gaps;
}

/**
 * Merges the events of the log and of the read model, both in the order of positions, and yields
 * the missing, repeated and unknown ones.
 */
async function* faultsOf(
  sources: ConservationSources,
  { ranges, projected, generation }: Conservation,
  { minute, source }: ConservationRow,
  left: Left,
): AsyncGenerator<ConservationFault> {
  const range = ranges.find((each) => each.minute === minute);
  if (range === undefined || range.after >= projected) return;
  const part = { after: range.after, upTo: range.upTo < projected ? range.upTo : projected, source };
  const taken = takenIn(sources, generation, part);
  let row = (await taken.next()).value;
  for await (const event of storedIn(sources, part, left)) {
    while (row && row.position < event.position) {
      if (!row.isCut) yield faultOf('unknown', row);
      row = (await taken.next()).value;
    }
    if (row?.position === event.position) {
      if (row.rows > 1) yield faultOf('repeated', row);
      row = (await taken.next()).value;
    } else {
      const { id, stream, position } = event;
      yield { fault: 'missing', id, customerId: customerOf(stream)!, position };
    }
  }
  if (left.isOver) return;
  for (; row; row = (await taken.next()).value) if (!row.isCut) yield faultOf('unknown', row);
}

interface Part {
  readonly after: bigint;
  readonly upTo: bigint;
  readonly source: string;
}

interface Left {
  /** Number of events that the search may still read. */
  search: number;
  /** True if the search left out events because the number was used up. */
  isOver: boolean;
}

async function* storedIn(
  { store, signal }: ConservationSources,
  { after, upTo, source }: Part,
  left: Left,
): AsyncGenerator<StoredEvent> {
  const slices = timeSlices();
  for await (const page of store.readAll({ after, upTo, streamPrefix: CUSTOMER_STREAM, pageSize: LOG_PAGE })) {
    signal?.throwIfAborted();
    if (left.search <= 0) {
      left.isOver = true;
      return;
    }
    left.search -= page.length;
    for (const event of page) {
      if (slices.isOver()) await slices.next();
      if (event.source === source) yield event;
    }
  }
}

async function* takenIn(
  { readModels }: ConservationSources,
  generation: number,
  { after, upTo, source }: Part,
): AsyncGenerator<ProjectedPosition, undefined> {
  for (let from = after; ; ) {
    const page = await projectedPositions(readModels.clickhouse, generation, {
      after: from,
      upTo,
      source,
      rowsMax: PAGE,
    });
    yield* page;
    if (page.length < PAGE) return;
    from = page.at(-1)!.position;
  }
}

function faultOf(fault: FaultKind, { eventId, customerId, position }: ProjectedPosition): ConservationFault {
  return { fault, id: eventId, customerId, position };
}
