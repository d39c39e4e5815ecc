import type { EventStore, EventToAppend } from '@touchstone/event-store';
import {
  type Announcement,
  type AnnouncementEvent,
  announcementEvent,
  idToldAgain,
  parseInstant,
  type StandingAnnouncements,
  standingAnnouncements,
} from '@touchstone/journey';

/** Something to tell the outside about a customer. */
export interface CustomerAnnouncement {
  readonly customerId: string;
  readonly announcement: Announcement;
}

/** Announcements in one append, at most. */
const APPEND_MAX = 1000;

/** Where a customer's announcements stand. */
export const changesStream = (customerId: string): string => `changes-${customerId}`;

/**
 * Append announcements to the customers' own streams of changes; resolves with the log position once all are durable. What was
 * announced before is a duplicate and changes nothing, unless a correction of the clock withdrew it: then it is told again, under a new id. `due`:
 * brought about by time alone, not by an event.
 */
export async function announceTo(
  store: EventStore,
  announcements: Iterable<CustomerAnnouncement>,
  due: boolean,
): Promise<bigint> {
  let position = 0n;
  // Who has much is told of in several appends, and read once for all of them.
  const standing: Standing = { before: new Map(), now: new Set() };
  for (const some of slicesOf(announcements, APPEND_MAX)) {
    const events = some.map(({ customerId, announcement }) => announcementEvent(customerId, announcement, due));
    const appended = await store.append(events.map(toAppend));
    const isNew = (_: unknown, at: number) => appended.verdicts[at] === 'accepted';
    const told = events.filter((event, at) => !isNew(event, at) && !standing.now.has(keyOf(event)));
    for (const event of events.filter(isNew)) standing.now.add(keyOf(event));
    const again = await withdrawnOf(store, told, standing.before);
    ({ position } = again.length === 0 ? appended : await store.append(again.map(toAppend)));
  }
  return position;
}

/** So many at a time; none is asked for before it is needed. */
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
  /** What counted of a customer's announcements when they were first asked for. */
  readonly before: Map<string, StandingAnnouncements>;
  /** What was told since, by customer and id. */
  readonly now: Set<string>;
}

const keyOf = ({ subject, id }: AnnouncementEvent): string => `${subject}\n${id}`;

/** Those of these events, which were told before, that do not count any more, each with the id under which it is told again. */
async function withdrawnOf(
  store: EventStore,
  told: readonly AnnouncementEvent[],
  before: Map<string, StandingAnnouncements>,
): Promise<AnnouncementEvent[]> {
  const again: AnnouncementEvent[] = [];
  for (const customerId of new Set(told.map(({ subject }) => subject))) {
    const standing = before.get(customerId) ?? standingAnnouncements(await store.readStream(changesStream(customerId)));
    before.set(customerId, standing);
    if (standing.corrections === 0) continue;
    for (const event of told) {
      if (event.subject !== customerId || standing.told.has(event.id)) continue;
      again.push({ ...event, id: idToldAgain(event.id, standing.corrections) });
    }
  }
  return again;
}

/** An event about a customer, as the log takes it. */
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
