import { type ChangeEvent, changeEvent, dueInstantOf } from './announcement-event.ts';
import { addDeadline, type Deadlines, removeFirst } from './deadlines.ts';
import { formatInstant, parseInstant } from './instant.ts';

const TYPE = 'touchstone.change.clock-corrected.v1';
const ID_PREFIX = 'clock-corrected/';

/**
 * Withdraws announcements of a customer's deadlines that were made too early, because a clock ran
 * ahead: those due at `settledTo` or later no longer count from here on in the log, and true ones
 * are announced again in time. Its `time` is the corrected now; later recording times of earlier
 * events do not count either.
 */
export type ClockCorrectedEvent = ChangeEvent<{
  readonly customerId: string;
  readonly at: string;
  /** The time up to which deadlines are known to have passed. */
  readonly settledTo: string;
  /** Ids of the announcements that were made too early. */
  readonly withdrawn: readonly string[];
}>;

/** The valid announcements of a customer, in log order. */
export interface StandingAnnouncements {
  /** Everything due strictly before this time was announced; 0 without an announcement. */
  readonly settledTo: number;
  /**
   * Number of corrections so far, including unreadable ones and all damaged announcements: their
   * ids are taken.
   */
  readonly corrections: number;
  /** Ids of unreadable corrections, which withdraw nothing. */
  readonly unreadable: readonly string[];
  /**
   * Announcements that were not withdrawn, keyed by {@link occasionOf}; `dueAt` is their deadline,
   * or null if an event caused them.
   */
  readonly told: ReadonlyMap<string, { readonly id: string; readonly dueAt: number | null }>;
}

interface Announced {
  readonly id: string;
  readonly time: number;
  readonly body: string;
}

/**
 * The correction of these announcements; null if none is due at `now` or later, unless the
 * customer's events were recorded by a clock that ran ahead (`isRecordedAhead`), so that rows are
 * ahead anyway. Two simultaneous corrections get the same id, so only one is stored.
 */
export function clockCorrectedEvent(
  customerId: string,
  { told, corrections }: StandingAnnouncements,
  now: number,
  isRecordedAhead = false,
): ClockCorrectedEvent | null {
  const due = Array.from(told.values()).filter(({ dueAt }) => dueAt !== null);
  const withdrawn = due.filter(({ dueAt }) => dueAt! >= now).map(({ id }) => id);
  if (withdrawn.length === 0 && !isRecordedAhead) return null;
  const settledTo = due.reduce((to, { dueAt }) => (dueAt! < now ? Math.max(to, dueAt! + 1) : to), 0);
  return changeEvent(customerId, TYPE, {
    id: `${ID_PREFIX}${corrections + 1}`,
    at: now,
    data: { customerId, at: formatInstant(now), settledTo: formatInstant(settledTo), withdrawn },
  });
}

/**
 * The corrected time of a {@link clockCorrectedEvent}; null for any other event, and for a damaged
 * one.
 */
export function correctedToOf({ body }: { readonly body: string }): number | null {
  // A text search is cheaper than parsing each body, and hardly any is a correction.
  if (!body.includes(TYPE)) return null;
  try {
    const { type, data } = JSON.parse(body) as ClockCorrectedEvent;
    return type === TYPE ? (parseInstant(data.settledTo) ?? null) : null;
  } catch {
    return null;
  }
}

/**
 * The time up to which a customer's deadlines are known to have passed, after one more announcement
 * of the log; it was `settledTo` before.
 */
export function settledToAfter(settledTo: number, stored: Omit<Announced, 'id'>): number {
  const at = dueInstantOf(stored);
  if (at !== null) return Math.max(settledTo, at + 1);
  return Math.min(settledTo, correctedToOf(stored) ?? settledTo);
}

/** Evaluates a customer's announcements one by one, in log order. */
export interface StandingFold {
  take(stored: Announced): void;
  standing(): StandingAnnouncements;
}

export function foldStanding(): StandingFold {
  const told = new Map<string, { readonly id: string; readonly dueAt: number | null }>();
  // Latest deadline first, so that a correction meets only the announcements that it withdraws. A
  // repeated announcement gets another entry.
  const byDue: Deadlines = [];
  let settledTo = 0;
  let corrections = 0;
  const unreadable: string[] = [];

  function withdraw(correctedTo: number): void {
    for (let first = byDue[0]; first !== undefined && -first.at >= correctedTo; first = byDue[0]) {
      if (told.get(first.id)?.dueAt === -first.at) told.delete(first.id);
      removeFirst(byDue);
    }
  }

  return {
    take(stored) {
      settledTo = settledToAfter(settledTo, stored);
      const correctedTo = correctedToOf(stored);
      const isDamaged = !stored.body.startsWith('{');
      if (correctedTo === null && !isDamaged && !stored.id.startsWith(ID_PREFIX)) {
        const [occasion, dueAt] = [occasionOf(stored.id), dueInstantOf(stored)];
        told.set(occasion, { id: stored.id, dueAt });
        if (dueAt !== null) addDeadline(byDue, { at: -dueAt, kind: 0, id: occasion });
        return;
      }
      corrections++;
      if (correctedTo === null) unreadable.push(stored.id);
      else withdraw(correctedTo);
    },
    standing: () => ({ settledTo, corrections, unreadable, told }),
  };
}

/** Evaluates a customer's announcements, given in log order. */
export function standingAnnouncements(announced: Iterable<Announced>): StandingAnnouncements {
  const fold = foldStanding();
  for (const stored of announced) fold.take(stored);
  return fold.standing();
}

/**
 * Id of an announcement that is repeated because it was withdrawn; `corrections` is their number so
 * far.
 */
export function idToldAgain(id: string, corrections: number): string {
  return `again-${corrections}/${id}`;
}

/** The subject matter of an announcement: its id when it was first made. */
export function occasionOf(id: string): string {
  return id.replace(/^again-\d+\//, '');
}
