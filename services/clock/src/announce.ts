import type { EventStore, EventToAppend } from '@touchstone/event-store';
import {
  type Announcement,
  type AnnouncementEvent,
  announcementEvent,
  breachOf,
  changesStream,
  foldStanding,
  idToldAgain,
  parseInstant,
  type StandingAnnouncements,
} from '@touchstone/journey';

/** An announcement about a customer, for readers outside. */
export interface CustomerAnnouncement {
  readonly customerId: string;
  readonly announcement: Announcement;
}

/** The parts of a log that announcements need. */
type AnnouncedTo = Pick<EventStore, 'append' | 'streamPages'>;

/** Upper limit of the announcements per append. */
const APPEND_MAX = 1000;

/**
 * Appends announcements to the customers' `changes-` streams; resolves with the log position once
 * all are durable. A repeated announcement is a duplicate without effect, unless a clock correction
 * withdrew it: then it gets a new id. `due`: caused by time alone, not by an event.
 */
export async function announceTo(
  store: AnnouncedTo,
  announcements: Iterable<CustomerAnnouncement>,
  due: boolean,
): Promise<bigint> {
  let position = 0n;
  // A customer with many announcements needs several appends; their stream is read once for all of
  // them.
  const standing: Standing = { before: new Map(), now: new Set() };
  for (const slice of slicesOf(announcements, APPEND_MAX)) {
    const some = await withoutVainRetractions(store, slice, standing);
    if (some.length === 0) continue;
    const events = some.map(({ customerId, announcement }) => announcementEvent(customerId, announcement, due));
    const appended = await store.append(events.map(toAppend));
    const isNew = (_: unknown, at: number) => appended.outcomes[at] === 'accepted';
    const told = events.filter((event, at) => !isNew(event, at) && !standing.now.has(keyOf(event)));
    for (const event of events.filter(isNew)) standing.now.add(keyOf(event));
    const again = await withdrawnOf(store, told, standing.before);
    ({ position } = again.length === 0 ? appended : await store.append(again.map(toAppend)));
  }
  return position;
}

/** Slices of `size` items; an item is requested from the iterable only when it is needed. */
function* slicesOf<Item>(items: Iterable<Item>, size: number): Generator<readonly Item[]> {
  let slice: Item[] = [];
  for (const item of items) {
    if (slice.push(item) < size) continue;
    yield slice;
    slice = [];
  }
  if (slice.length > 0) yield slice;
}

interface Standing {
  /** A customer's valid announcements, as of the first read. */
  readonly before: Map<string, StandingAnnouncements>;
  /** Keys (customer and id) of the announcements made since. */
  readonly now: Set<string>;
}

const keyOf = ({ subject, id }: Pick<AnnouncementEvent, 'subject' | 'id'>): string => `${subject}\n${id}`;

/** Leaves out the retractions of breaches that were never announced. */
async function withoutVainRetractions(
  store: AnnouncedTo,
  slice: readonly CustomerAnnouncement[],
  standing: Standing,
): Promise<readonly CustomerAnnouncement[]> {
  const told = new Set<string>();
  const kept: CustomerAnnouncement[] = [];
  for (const about of slice) {
    const { customerId, announcement } = about;
    if (announcement.kind === 'promise-broken') told.add(keyOf(announcementEvent(customerId, announcement, false)));
    if (announcement.kind === 'promise-broken-retracted') {
      const breach = breachOf(announcement);
      const key = keyOf({ subject: customerId, id: breach });
      const isTold = told.has(key) || standing.now.has(key);
      if (!isTold && !(await standingOf(store, customerId, standing.before)).told.has(breach)) continue;
    }
    kept.push(about);
  }
  return kept;
}

async function standingOf(
  store: AnnouncedTo,
  customerId: string,
  before: Standing['before'],
): Promise<StandingAnnouncements> {
  const standing = before.get(customerId) ?? (await readStanding(store, customerId));
  before.set(customerId, standing);
  return standing;
}

/** Finds the repeated announcements that a correction has withdrawn, each with its new id. */
async function withdrawnOf(
  store: AnnouncedTo,
  told: readonly AnnouncementEvent[],
  before: Map<string, StandingAnnouncements>,
): Promise<AnnouncementEvent[]> {
  const again: AnnouncementEvent[] = [];
  for (const customerId of new Set(told.map(({ subject }) => subject))) {
    const standing = await standingOf(store, customerId, before);
    if (standing.corrections === 0) continue;
    for (const event of told) {
      if (event.subject !== customerId || standing.told.has(event.id)) continue;
      again.push({ ...event, id: idToldAgain(event.id, standing.corrections) });
    }
  }
  return again;
}

/** Evaluates page by page, because a customer may have as many announcements as deadlines. */
async function readStanding(store: AnnouncedTo, customerId: string): Promise<StandingAnnouncements> {
  const fold = foldStanding();
  for await (const page of store.streamPages(changesStream(customerId))) for (const event of page) fold.take(event);
  return fold.standing();
}

/** An event about a customer, in the form that the log stores. */
export function toAppend(event: Omit<AnnouncementEvent, 'data' | 'due'>): EventToAppend {
  return {
    stream: changesStream(event.subject),
    source: event.source,
    id: event.id,
    type: event.type,
    time: parseInstant(event.time)!,
    body: JSON.stringify(event),
  };
}
