import { type ChangeEvent, changeEvent, dueInstantOf } from './announcement-event.ts';
import { addDeadline, type Deadlines, removeFirst } from './deadlines.ts';
import { formatInstant, parseInstant } from './instant.ts';

const TYPE = 'touchstone.change.clock-corrected.v1';
const ID_PREFIX = 'clock-corrected/';

/**
 * What had been announced of a customer as fallen due was told too early, because a clock ran ahead. From here on in the log those announcements that fell
 * due at `settledTo` or later do not count; what is true of them is announced again when its time has come. Its `time` is the corrected now; that events
 * before it were recorded later does not count either.
 */
export type ClockCorrectedEvent = ChangeEvent<{
  readonly customerId: string;
  readonly at: string;
  /** Time is known to have come this far. */
  readonly settledTo: string;
  /** Ids of the announcements that were told too early. */
  readonly withdrawn: readonly string[];
}>;

/** What counts of a customer's announcements, in the order of the log. */
export interface StandingAnnouncements {
  /** Everything due strictly before it was announced; 0 without an announcement. */
  readonly settledTo: number;
  /** Corrections so far, those that cannot be read included, and whatever is damaged: their ids are taken. */
  readonly corrections: number;
  /** Ids of corrections that cannot be read, and so withdraw nothing. */
  readonly unreadable: readonly string[];
  /** What is announced and was not withdrawn: the instant that it fell due, or null where an event brought it about; by {@link occasionOf}. */
  readonly told: ReadonlyMap<string, { readonly id: string; readonly dueAt: number | null }>;
}

interface Announced {
  readonly id: string;
  readonly time: number;
  readonly body: string;
}

/**
 * The correction of what stands; null if nothing was told that falls due at `now` or later, unless rows are ahead all the same because the
 * customer's events were recorded by such a clock. Its id leaves one of two that are made at once.
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

/** Where the event is a {@link clockCorrectedEvent}: how far time is known to have come; else null, as for one that is damaged. */
export function correctedToOf({ body }: { readonly body: string }): number | null {
  // Cheaper than parsing each, and hardly any is one.
  if (!body.includes(TYPE)) return null;
  try {
    const { type, data } = JSON.parse(body) as ClockCorrectedEvent;
    return type === TYPE ? (parseInstant(data.settledTo) ?? null) : null;
  } catch {
    return null;
  }
}

/** How far time is known to have come for a customer after one more announcement of the log, where it had come to `settledTo`. */
export function settledToAfter(settledTo: number, stored: Omit<Announced, 'id'>): number {
  const at = dueInstantOf(stored);
  if (at !== null) return Math.max(settledTo, at + 1);
  return Math.min(settledTo, correctedToOf(stored) ?? settledTo);
}

/** What counts of these announcements of one customer, which are in the order of the log. */
export function standingAnnouncements(announced: readonly Announced[]): StandingAnnouncements {
  const told = new Map<string, { readonly id: string; readonly dueAt: number | null }>();
  // The latest first, so that a correction meets what it withdraws and nothing else. What was told again since stands there once more.
  const byDue: Deadlines = [];
  let settledTo = 0;
  let corrections = 0;
  const unreadable: string[] = [];
  for (const stored of announced) {
    settledTo = settledToAfter(settledTo, stored);
    const correctedTo = correctedToOf(stored);
    const isDamaged = !stored.body.startsWith('{');
    if (correctedTo === null && !isDamaged && !stored.id.startsWith(ID_PREFIX)) {
      const [occasion, dueAt] = [occasionOf(stored.id), dueInstantOf(stored)];
      told.set(occasion, { id: stored.id, dueAt });
      if (dueAt !== null) addDeadline(byDue, { at: -dueAt, kind: 0, id: occasion });
      continue;
    }
    corrections++;
    if (correctedTo === null) {
      unreadable.push(stored.id);
      continue;
    }
    for (let first = byDue[0]; first !== undefined && -first.at >= correctedTo; first = byDue[0]) {
      if (told.get(first.id)?.dueAt === -first.at) told.delete(first.id);
      removeFirst(byDue);
    }
  }
  return { settledTo, corrections, unreadable, told };
}

/** The id of an announcement that is told once more because it was withdrawn; `corrections` so far. */
export function idToldAgain(id: string, corrections: number): string {
  return `again-${corrections}/${id}`;
}

/** What an announcement is about: its id, the first time that it is told. */
export function occasionOf(id: string): string {
  return id.replace(/^again-\d+\//, '');
}
