import {
  CHANGES_STREAM,
  decodeEvent,
  historyCutOf,
  type MeasurementRules,
  newChanges,
  UnmeasurableEvent,
} from '@touchstone/journey';
import type { MomentRow } from '@touchstone/read-models';
import { type CustomerLog, foldLog, type LoggedEvent } from './customers.ts';
import { momentRow } from './moment-row.ts';
import type { Condemned } from './range-fault.ts';
import { type TrackedCustomer, takeEvent } from './tracked-customer.ts';

/** Upper limit of the customers whose rows one batch deletes. */
const CUT_AT_ONCE = 100;

/** Consecutive events of a page. */
export interface LogPart<Event> {
  readonly events: readonly Event[];
  /** Whether all of them announce that a customer's history was cut. */
  readonly isCut: boolean;
}

/**
 * Splits events at announcements of cuts. Rows of cut customers are deleted before new ones are
 * written, so such an announcement needs a range of its own, which it shares with those of other
 * customers.
 */
export function partsAtCuts<Event extends LoggedEvent>(events: readonly Event[]): LogPart<Event>[] {
  const says = (event: Event) => event.stream.startsWith(CHANGES_STREAM) && historyCutOf(event) !== null;
  if (!events.some(says)) return [{ events, isCut: false }];
  const parts: { readonly events: Event[]; readonly isCut: boolean }[] = [];
  const hasRoomFor = (event: Event, { events }: LogPart<Event>) =>
    events.length < CUT_AT_ONCE && events.every(({ stream }) => stream !== event.stream);
  for (const event of events) {
    const isCut = says(event);
    const last = parts.at(-1);
    if (last?.isCut === isCut && (!isCut || hasRoomFor(event, last))) last.events.push(event);
    else parts.push({ events: [event], isCut });
  }
  return parts;
}

/** A customer folded again from the rest of their log, with a row or a failure for each event. */
export interface FoldedAnew {
  readonly customer: TrackedCustomer;
  readonly moments: readonly MomentRow[];
  /** Events that could not be taken, with the error. */
  readonly failed: ReadonlyMap<LoggedEvent, unknown>;
}

export function foldAnew(
  measures: MeasurementRules,
  customerId: string,
  log: CustomerLog,
  condemned: Condemned,
): FoldedAnew {
  const failed = new Map<LoggedEvent, unknown>();
  for (const stored of log.published) {
    const why = condemned.get(stored.position);
    if (why !== undefined) failed.set(stored, why);
  }
  for (;;) {
    const moments: MomentRow[] = [];
    let at: LoggedEvent | undefined;
    try {
      const customer = foldLog(measures, customerId, log, (customer, stored) => {
        if (failed.has(stored)) return;
        at = undefined;
        try {
          const event = decodeEvent(stored);
          at = stored;
          const measured = takeEvent(measures, customer, event, stored.position, newChanges());
          moments.push(momentRow(event, stored, customer.state, measured));
        } catch (error) {
          // Any other error in the middle of an event may have changed the state, so the customer
          // is folded again without that event.
          if (at !== undefined && !(error instanceof UnmeasurableEvent)) throw error;
          failed.set(stored, error);
        }
        at = undefined;
      });
      return { customer, moments, failed };
    } catch (error) {
      if (at === undefined) throw error;
      failed.set(at, error);
    }
  }
}
