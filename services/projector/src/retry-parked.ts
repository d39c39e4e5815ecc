import {
  type Announcement,
  announcementEvent,
  decodeEvent,
  type JourneyEvent,
  type Measures,
  newChanges,
} from '@touchstone/journey';
import type { MomentRow } from '@touchstone/read-models';
import { type CustomerLog, foldLog, type LoggedEvent } from './customers.ts';
import { momentRow } from './moment-row.ts';
import { shownState, type TrackedCustomer, takeEvent } from './tracked-customer.ts';

export interface Retried {
  /** The customer as if what could be taken had never been set aside; null if nothing could. */
  readonly customer: TrackedCustomer | null;
  /** Rows of the events that were taken, each with what was known at its own place in the log. */
  readonly moments: readonly MomentRow[];
  /** What could not be taken again, and why. */
  readonly failed: ReadonlyMap<LoggedEvent, unknown>;
  /** What is so with the events that were taken and was not so without them. What else the log brings about was told before. */
  readonly announcements: readonly Announcement[];
}

/** Fold a customer's log anew with some of the events that were set aside: those of `asked` that are in it. */
export function retryParked(
  measures: Measures,
  customerId: string,
  log: CustomerLog,
  parked: ReadonlySet<bigint>,
  asked: ReadonlySet<bigint>,
): Retried {
  const failed = new Map<LoggedEvent, unknown>();
  const trying = new Map<LoggedEvent, JourneyEvent>();
  for (const stored of log.published) {
    if (!asked.has(stored.position)) continue;
    try {
      trying.set(stored, decodeEvent(stored));
    } catch (error) {
      failed.set(stored, error);
    }
  }
  const isLeftOut = (stored: LoggedEvent) => parked.has(stored.position) && !trying.has(stored);
  while (trying.size > 0) {
    const outcome = foldWith(measures, customerId, log, isLeftOut, trying);
    if (!('error' in outcome)) {
      const without = foldWith(measures, customerId, log, ({ position }) => parked.has(position), new Map());
      if ('error' in without) throw without.error;
      return { ...outcome, failed, announcements: newlySo(customerId, outcome, without) };
    }
    const { at, error } = outcome;
    const blamed = trying.has(at) ? [at] : [...trying.keys()];
    for (const stored of blamed) {
      failed.set(stored, stored === at ? error : new Error(`with it the event at ${at.position} fails: ${error}`));
      trying.delete(stored);
    }
  }
  return { customer: null, moments: [], failed, announcements: [] };
}

interface FoldedAnew extends Pick<Retried, 'moments' | 'announcements'> {
  readonly customer: TrackedCustomer;
}

/** `at`: the event that the fold threw on. */
type Outcome = FoldedAnew | { readonly at: LoggedEvent; readonly error: unknown };

function foldWith(
  measures: Measures,
  customerId: string,
  log: CustomerLog,
  isLeftOut: (stored: LoggedEvent) => boolean,
  trying: ReadonlyMap<LoggedEvent, JourneyEvent>,
): Outcome {
  const changes = newChanges();
  const moments: MomentRow[] = [];
  let at: LoggedEvent | undefined;
  try {
    const customer = foldLog(measures, customerId, log, (customer, stored) => {
      if (isLeftOut(stored)) return;
      at = stored;
      const tried = trying.get(stored);
      const event = tried ?? decodeEvent(stored);
      const measured = takeEvent(measures, customer, event, stored.position, changes);
      if (tried !== undefined) moments.push(momentRow(event, stored, customer.state, measured));
    });
    // What they make overdue at once is shown from now on, and so the clock will not find it.
    const overdue = shownState(measures, customer).changes.announcements;
    return { customer, moments, announcements: [...changes.announcements, ...overdue] };
  } catch (error) {
    if (at === undefined) throw error;
    return { at, error };
  }
}

function newlySo(customerId: string, now: FoldedAnew, before: FoldedAnew): Announcement[] {
  const idOf = (announcement: Announcement) => announcementEvent(customerId, announcement, false).id;
  const known = new Set(before.announcements.map(idOf));
  return now.announcements.filter((announcement) => !known.has(idOf(announcement)));
}
