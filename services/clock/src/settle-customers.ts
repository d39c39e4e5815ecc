import { foldsHere, toldCut } from '@touchstone/customer-folds';
import type { Announcement } from '@touchstone/journey';
import { announceTo, type CustomerAnnouncement } from './announce.ts';
import type { ClockOptions } from './clock.ts';

/** Customers whose announcements go into one append. */
const APPEND_MAX = 1000;
/** Customers of those whose events are read concurrently. */
const READ_MAX = 32;
const REACH_MS = 30_000;

/**
 * Announces what fell due for these customers before `time`, and waits until the tables show it.
 * While it reads some customers the projector works on those before. `onLarge` is called for
 * each customer with many events, whose fold takes a while.
 */
export async function settleCustomers(
  options: ClockOptions,
  customerIds: readonly string[],
  time: number,
  isStopped: () => boolean,
  onLarge?: () => void,
): Promise<void> {
  const { store, reached } = options;
  let position = await store.head();
  for (let from = 0; from < customerIds.length && !isStopped(); from += APPEND_MAX) {
    const due: Due[] = [];
    const some = customerIds.slice(from, from + APPEND_MAX);
    for (let at = 0; at < some.length && !isStopped(); at += READ_MAX) {
      const read = some
        .slice(at, at + READ_MAX)
        .map((customerId) => dueAnnouncements(options, customerId, time, onLarge));
      due.push(...(await Promise.all(read)));
    }
    const announced = await announceTo(store, announcementsOf(due), true);
    if (announced > position) position = announced;
  }
  await reached(position, REACH_MS);
}

/** Passed deadlines of one customer: JSON arrays of announcements. */
interface Due {
  readonly customerId: string;
  readonly texts: readonly string[];
}

/** Parses one text after the other, as they are appended. */
function* announcementsOf(due: readonly Due[]): Generator<CustomerAnnouncement> {
  for (const { customerId, texts } of due) {
    for (const text of texts) {
      for (const announcement of JSON.parse(text) as Announcement[]) yield { customerId, announcement };
    }
  }
}

async function dueAnnouncements(
  { store, measures, parked, folds = foldsHere }: ClockOptions,
  customerId: string,
  time: number,
  onLarge?: () => void,
): Promise<Due> {
  const setAside = parked();
  const cut = await toldCut(store, customerId);
  const { result, parkedEvents } = await folds.fold(store, {
    task: 'due',
    customerId,
    given: () => ({ measures: measures(), now: time }),
    range: { after: cut?.upTo },
    isSeen: ({ position }) => !setAside.has(position),
    onLarge,
  });
  // The projector is about to park an event and record why. This customer is settled after that,
  // and the others need not wait.
  return { customerId, texts: parkedEvents > 0 ? [] : result };
}
