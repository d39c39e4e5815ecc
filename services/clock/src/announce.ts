import type { EventStore, EventToAppend } from '@touchstone/event-store';
import { type Announcement, announcementEvent, parseInstant } from '@touchstone/journey';

/** Something to tell the outside about a customer. */
export interface CustomerAnnouncement {
  readonly customerId: string;
  readonly announcement: Announcement;
}

/** Announcements in one append, at most. */
const APPEND_MAX = 1000;

/**
 * Append announcements to the customers' own streams of changes; resolves with the log position once all are durable. What was
 * announced before is a duplicate and changes nothing. `due`: brought about by time alone, not by an event.
 */
export async function announceTo(
  store: EventStore,
  announcements: readonly CustomerAnnouncement[],
  due: boolean,
): Promise<bigint> {
  let position = 0n;
  for (let start = 0; start < announcements.length; start += APPEND_MAX) {
    const events = announcements.slice(start, start + APPEND_MAX).map((each) => toAppend(each, due));
    ({ position } = await store.append(events));
  }
  return position;
}

function toAppend({ customerId, announcement }: CustomerAnnouncement, due: boolean): EventToAppend {
  const event = announcementEvent(customerId, announcement, due);
  return {
    stream: `changes-${customerId}`,
    source: event.source,
    id: event.id,
    type: event.type,
    time: parseInstant(event.time)!,
    body: JSON.stringify(event),
  };
}
