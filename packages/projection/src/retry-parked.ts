import {
  type Announcement,
  announcementEvent,
  decodeEvent,
  type JourneyEvent,
  type MeasurementRules,
  newChanges,
  UnmeasurableEvent,
} from '@touchstone/journey';
import type { MomentRow } from '@touchstone/read-models';
import { type CustomerLog, foldLog, type LoggedEvent, readable } from './customers.ts';
import { momentRow } from './moment-row.ts';
import { settledState, type TrackedCustomer, takeEvent } from './tracked-customer.ts';

export interface Retried {
  /**
   * The customer as if the events that could be taken had never been parked; null if none could.
   */
  readonly customer: TrackedCustomer | null;
  /** Rows of the taken events, each with the state at its own place in the log. */
  readonly moments: readonly MomentRow[];
  /** Events that failed again, with the error. */
  readonly failed: ReadonlyMap<LoggedEvent, unknown>;
  /**
   * Announcements caused by the retried events only. All others were published when they first
   * occurred.
   */
  readonly announcements: readonly Announcement[];
}

/** Folds a customer's log again, including those of its parked events that are in `asked`. */
export function retryParked(
  measures: MeasurementRules,
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
  const setAside = ({ position }: LoggedEvent) => parked.has(position);
  const before = foldWith(measures, customerId, log, setAside, NONE);
  if ('error' in before) throw before.error;
  const isLeftOut = (stored: LoggedEvent) => setAside(stored) && !trying.has(stored);
  while (trying.size > 0) {
    const now = foldWith(measures, customerId, log, isLeftOut, trying);
    for (const [stored, error] of now.unmeasurable) {
      failed.set(stored, error);
      trying.delete(stored);
    }
    if (trying.size === 0) break;
    const faults = 'error' in now ? blameFor(now, trying) : leftToRebuilds(now, before, trying);
    if (faults.size === 0 && !('error' in now))
      return { ...now, failed, announcements: newlySo(measures, now, before) };
    for (const [stored, error] of faults) {
      failed.set(stored, error);
      trying.delete(stored);
    }
  }
  return { customer: null, moments: [], failed, announcements: [] };
}

type Trying = ReadonlyMap<LoggedEvent, JourneyEvent>;
const NONE: Trying = new Map();

/**
 * Blames the event that failed if it was tried now; if it was taken before, blames all that were
 * tried.
 */
function blameFor({ at, error }: Thrown, trying: Trying): ReadonlyMap<LoggedEvent, unknown> {
  if (trying.has(at)) return new Map([[at, error]]);
  const reason = error instanceof Error ? error.message : String(error);
  const fault = new Error(`with it the event at position ${at.position} cannot be taken: ${reason}`);
  return new Map(Array.from(trying.keys(), (stored) => [stored, fault]));
}

/**
 * Rows that are there only change: none is deleted, and that of a moment is written once. An event
 * that would do more can only be taken by a rebuild.
 */
function leftToRebuilds(now: FoldedAnew, before: FoldedAnew, trying: Trying): ReadonlyMap<LoggedEvent, unknown> {
  const retyped = retypings(now, before, trying);
  return retyped.size > 0 ? retyped : unexpectings(now, before, trying);
}

/** An event that completes a journey earlier takes away what is expected after its end. */
function unexpectings(now: FoldedAnew, before: FoldedAnew, trying: Trying): ReadonlyMap<LoggedEvent, unknown> {
  const { promises } = now.customer.state;
  const gone = new Map<string | null, string>();
  for (const [key, { id, journeyId }] of before.customer.state.promises) {
    if (!promises.has(key)) gone.set(journeyId, id);
  }
  const faults = new Map<LoggedEvent, unknown>();
  if (gone.size === 0) return faults;
  for (const [stored, { data }] of trying) {
    const id = data.journeyId === undefined ? undefined : gone.get(data.journeyId);
    if (id === undefined) continue;
    const why = `with it the journey ${data.journeyId} has no promise ${id}, which is listed`;
    faults.set(stored, new Error(`${why}: a rebuild takes it`));
  }
  return faults;
}

/** An event that would change the type of its journey, because it is the first. */
function retypings(now: FoldedAnew, before: FoldedAnew, trying: Trying): ReadonlyMap<LoggedEvent, unknown> {
  const faults = new Map<LoggedEvent, unknown>();
  const blamed = new Set<string>();
  for (const [stored, { data }] of trying) {
    if (data.journeyId === undefined || blamed.has(data.journeyId)) continue;
    const type = now.customer.state.journeys.get(data.journeyId)!.type;
    const written = before.customer.state.journeys.get(data.journeyId)?.type ?? type;
    if (type === written) continue;
    const why = `with it the journey ${data.journeyId} is of type ${type}, and its moments are measured as ${written}`;
    faults.set(stored, new Error(`${why}: a rebuild takes it`));
    blamed.add(data.journeyId);
  }
  return faults;
}

interface Tried {
  /** Tried events that cannot be measured; the rest is folded without them. */
  readonly unmeasurable: ReadonlyMap<LoggedEvent, unknown>;
}

interface FoldedAnew extends Tried, Pick<Retried, 'moments' | 'announcements'> {
  readonly customer: TrackedCustomer;
}

interface Thrown extends Tried {
  /** The event on which the fold threw. */
  readonly at: LoggedEvent;
  readonly error: unknown;
}

function foldWith(
  measures: MeasurementRules,
  customerId: string,
  log: CustomerLog,
  isLeftOut: (stored: LoggedEvent) => boolean,
  trying: Trying,
): FoldedAnew | Thrown {
  const changes = newChanges();
  const moments: MomentRow[] = [];
  const unmeasurable = new Map<LoggedEvent, unknown>();
  let at: LoggedEvent | undefined;
  try {
    const customer = foldLog(measures, customerId, log, (customer, stored) => {
      if (isLeftOut(stored)) return;
      const tried = trying.get(stored);
      const event = tried ?? readable(stored);
      if (event === null) return;
      at = stored;
      try {
        const measured = takeEvent(measures, customer, event, stored.position, changes);
        if (tried !== undefined) moments.push(momentRow(event, stored, customer.state, measured));
      } catch (error) {
        if (tried === undefined || !(error instanceof UnmeasurableEvent)) throw error;
        unmeasurable.set(stored, error);
      }
    });
    return { customer, moments, announcements: changes.announcements, unmeasurable };
  } catch (error) {
    if (at === undefined) throw error;
    return { at, error, unmeasurable };
  }
}

function newlySo(measures: MeasurementRules, now: FoldedAnew, before: FoldedAnew): Announcement[] {
  const { customerId } = now.customer.state;
  const idOf = (announcement: Announcement) => announcementEvent(customerId, announcement, false).id;
  const told = new Set(before.announcements.map(idOf));
  // Includes the deadlines that the retried events made overdue, unless they were announced before.
  const overdue = settledState(measures, now.customer, 0).settled?.announcements ?? [];
  return [...now.announcements, ...overdue].filter((announcement) => !told.has(idOf(announcement)));
}
