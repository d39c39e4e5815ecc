import type { Announcement } from './changes.ts';
import { formatInstant, isInstant } from './instant.ts';
import type { PromiseState } from './state.ts';

/** CloudEvents source of the system's own announcements. */
export const ANNOUNCER = 'touchstone';

/**
 * An announcement about a customer by the system itself: a CloudEvent 1.0 with its attributes in
 * the stored order.
 */
export interface ChangeEvent<Data> {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  /** Time of the fact that it announces. */
  readonly time: string;
  readonly data: Data;
}

/** `at` in ms since 1970. */
export function changeEvent<Data>(
  customerId: string,
  type: string,
  { id, at, data }: { readonly id: string; readonly at: number; readonly data: Data },
): ChangeEvent<Data> {
  return { specversion: '1.0', id, source: ANNOUNCER, type, subject: customerId, time: formatInstant(at), data };
}

/**
 * An announcement. Its id derives from its subject matter, so a repeated announcement is a
 * duplicate.
 */
export interface AnnouncementEvent extends ChangeEvent<Readonly<Record<string, unknown>>> {
  /**
   * Extension attribute, present if time alone caused the announcement: rows written before do not
   * reflect it yet. It is not part of the content, because the customer's next event may cause the
   * same announcement.
   */
  readonly due?: true;
}

export function announcementEvent(customerId: string, announcement: Announcement, due: boolean): AnnouncementEvent {
  const { kind, at, ...about } = announcement;
  const time = formatInstant(at);
  const event = changeEvent(customerId, `touchstone.change.${kind}.v1`, {
    id: idOf(announcement, time),
    at,
    data: {
      customerId,
      at: time,
      ...about,
      ...(kind === 'promise-broken-retracted' && {
        dueAt: formatInstant(announcement.dueAt),
        retracts: breachOf(announcement),
      }),
    },
  });
  return due ? { ...event, due } : event;
}

/**
 * The instant of an {@link announcementEvent} that time alone caused; null for any other event, and
 * for a damaged one.
 */
export function dueInstantOf(event: { readonly time: number; readonly body: string }): number | null {
  // A text comparison is cheaper than parsing each body: `due` is written last, so only these
  // bodies end like this. A body that does not begin as JSON is damaged.
  const { body, time } = event;
  return body.endsWith(',"due":true}') && body.startsWith('{') && isInstant(time) ? time : null;
}

function idOf(announcement: Announcement, time: string): string {
  switch (announcement.kind) {
    case 'promise-broken':
      return idOfBreach(announcement, time);
    case 'promise-broken-retracted':
      return `retracted/${breachOf(announcement)}`;
    case 'time-passed':
      return `time-passed/${time}`;
    case 'journey-completed':
    case 'journey-abandoned':
      return `${announcement.kind}/${announcement.journeyId}/${time}`;
    case 'trust-changed':
      return `trust-changed/${announcement.ordinal}/${announcement.to}/${time}`;
  }
}

/** An expected promise may bear the id of a published one that an older log holds. */
function idOfBreach(
  { promiseId, expected }: { readonly promiseId: string; readonly expected?: true },
  time: string,
): string {
  return `${expected ? 'expected-promise-broken' : 'promise-broken'}/${promiseId}/${time}`;
}

/** Id of the announcement of the breach that a retraction takes back. */
export function breachOf(retraction: Extract<Announcement, { kind: 'promise-broken-retracted' }>): string {
  return idOfBreach(retraction, formatInstant(retraction.dueAt));
}

const BROKEN = 'touchstone.change.promise-broken.v1';

/**
 * The promise that an announcement of the log calls broken; null for any other event, and for a
 * damaged one.
 */
export function brokenPromiseOf({ body }: { readonly body: string }): Pick<PromiseState, 'id' | 'isExpected'> | null {
  // A text search is cheaper than parsing each body.
  if (!body.includes(BROKEN)) return null;
  try {
    const { type, data } = JSON.parse(body) as AnnouncementEvent;
    const { promiseId, expected } = data;
    if (type !== BROKEN || typeof promiseId !== 'string') return null;
    return { id: promiseId, isExpected: expected === true };
  } catch {
    return null;
  }
}
