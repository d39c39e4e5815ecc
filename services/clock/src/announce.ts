import type { EventStore, EventToAppend } from '@touchstone/event-store';
import {
  type Announcement,
  type AnnouncementEvent,
  announcementEvent,
  idToldAgain,
  parseInstant,
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
  announcements: readonly CustomerAnnouncement[],
  due: boolean,
): Promise<bigint> {
  let position = 0n;
  for (let start = 0; start < announcements.length; start += APPEND_MAX) {
    const events = announcements
      .slice(start, start + APPEND_MAX)
      .map(({ customerId, announcement }) => announcementEvent(customerId, announcement, due));
    const appended = await store.append(events.map(toAppend));
    const again = await withdrawnOf(
      store,
      events.filter((_, at) => appended.verdicts[at] !== 'accepted'),
    );
    ({ position } = again.length === 0 ? appended : await store.append(again.map(toAppend)));
  }
  return position;
}

/** Those of these events, which were told before, that do not count any more, each with the id under which it is told again. */
async function withdrawnOf(store: EventStore, told: readonly AnnouncementEvent[]): Promise<AnnouncementEvent[]> {
  const again: AnnouncementEvent[] = [];
  for (const customerId of new Set(told.map(({ subject }) => subject))) {
    const standing = standingAnnouncements(await store.readStream(changesStream(customerId)));
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
