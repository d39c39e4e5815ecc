import type { Announcement } from './changes.ts';
import { formatInstant, isInstant } from './instant.ts';

/** Who speaks when the system announces something. */
export const ANNOUNCER = 'touchstone';

/** What the system itself says of a customer: a CloudEvent 1.0, its attributes in the order in which they are stored. */
export interface ChangeEvent<Data> {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  /** When it came about. */
  readonly time: string;
  readonly data: Data;
}

/** `at` in ms. */
export function changeEvent<Data>(
  customerId: string,
  type: string,
  { id, at, data }: { readonly id: string; readonly at: number; readonly data: Data },
): ChangeEvent<Data> {
  return { specversion: '1.0', id, source: ANNOUNCER, type, subject: customerId, time: formatInstant(at), data };
}

/** An announcement. Ids derive from what it is about, so announcing a thing twice says it once. */
export interface AnnouncementEvent extends ChangeEvent<Readonly<Record<string, unknown>>> {
  /**
   * Extension attribute, present where time alone brought it about: rows written before do not know it yet. It is no part of the
   * content, because the next event of the customer may lead to the very same announcement.
   */
  readonly due?: true;
}

export function announcementEvent(customerId: string, announcement: Announcement, due: boolean): AnnouncementEvent {
  const { kind, at, ...about } = announcement;
  const time = formatInstant(at);
  const event = changeEvent(customerId, `touchstone.change.${kind}.v1`, {
    id: idOf(announcement, time),
    at,
    data: { customerId, at: time, ...about },
  });
  return due ? { ...event, due } : event;
}

/** Where the announcement is one of {@link announcementEvent} that time alone brought about: its instant; else null, as where that is damaged. */
export function dueInstantOf(event: { readonly time: number; readonly body: string }): number | null {
  // Cheaper than parsing each: only these bodies end so, because `due` is written last. What does not begin as JSON is damaged.
  const { body, time } = event;
  return body.endsWith(',"due":true}') && body.startsWith('{') && isInstant(time) ? time : null;
}

function idOf(announcement: Announcement, time: string): string {
  switch (announcement.kind) {
    case 'promise-broken':
      return `promise-broken/${announcement.promiseId}/${time}`;
    case 'journey-completed':
    case 'journey-abandoned':
      return `${announcement.kind}/${announcement.journeyId}/${time}`;
    case 'trust-changed':
      return `trust-changed/${announcement.ordinal}/${announcement.to}/${time}`;
  }
}
