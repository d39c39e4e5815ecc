import { type Chronicle, distinct, eventsIn, once } from './chronicle.ts';
import { onLikert } from './moment-score.ts';
import { nameOf, type PublishedEvent, timeOf } from './published-event.ts';

export interface Commitment {
  readonly id: string;
  readonly journeyId: string | undefined;
  readonly dueAt: number;
  readonly state: 'open' | 'kept' | 'withdrawn' | 'broken' | 'kept-late';
  /** Index in the chronicle at which its due time passed. */
  readonly breachedAtIndex: number | undefined;
}

/** An entry of the chronicle about one promise; `event` is absent if its due time passed. */
interface News {
  readonly index: number;
  readonly name: string;
  readonly event: PublishedEvent | undefined;
}

/** §5, promises: the history of each promise that has been made. */
export const promisesIn = once((chronicle): Commitment[] => {
  const ids = distinct(eventsIn(chronicle).map((event) => event.data.promiseId));
  return ids.flatMap((id) => promiseIn(chronicle, id) ?? []);
});

function promiseIn(chronicle: Chronicle, id: string): Commitment | undefined {
  const about = chronicle.flatMap((entry, index): News[] => {
    if (entry.what === 'breach' && entry.promiseId === id) return [{ index, name: 'breach', event: undefined }];
    if (entry.what === 'event' && entry.event.data.promiseId === id) {
      return [{ index, name: nameOf(entry.event), event: entry.event }];
    }
    return [];
  });
  const opened = about.findIndex(({ name }) => name === 'promise.made');
  if (opened === -1) return undefined;
  const opening = about[opened]!.event!;
  const dueAt = Date.parse(opening.data.dueAt!);

  const inTime = (closing: News) => timeOf(closing.event!) <= dueAt;
  const isClosing = ({ name }: News) => name === 'promise.kept' || name === 'promise.withdrawn';
  const stateAfter = (closing: News) => (closing.name === 'promise.kept' ? 'kept' : 'withdrawn');

  let state: Commitment['state'] = 'open';
  let breachedAtIndex: number | undefined;
  const overtook = about.slice(0, opened).find(isClosing);
  if (overtook !== undefined && inTime(overtook)) state = stateAfter(overtook);

  for (const next of about.slice(opened + 1)) {
    if (next.name === 'breach') {
      state = 'broken';
      breachedAtIndex = next.index;
    } else if (isClosing(next)) {
      if (state === 'open') state = stateAfter(next);
      else if (state === 'broken' || state === 'kept-late') {
        if (inTime(next)) state = stateAfter(next);
        else if (next.name === 'promise.kept') state = 'kept-late';
      }
    }
  }
  return { id, journeyId: opening.data.journeyId, dueAt, state, breachedAtIndex };
}

export function countsAsBroken(promise: Commitment): boolean {
  return promise.state === 'broken' || promise.state === 'kept-late';
}

export interface Complaint {
  readonly id: string;
  readonly journeyId: string | undefined;
  readonly touchpoint: string | undefined;
  readonly raisedAt: number;
  readonly raisedAtIndex: number;
  readonly isOpen: boolean;
  /** Index in the chronicle of its first resolution, but not before it was raised. */
  readonly resolvedAtIndex: number | undefined;
  readonly satisfaction: number | undefined;
}

/** §5, complaints: open from the first `raised` to the first `resolved`, which may precede it. */
export const complaintsIn = once((chronicle): Complaint[] => {
  const ids = distinct(eventsIn(chronicle).map((event) => event.data.complaintId));
  return ids.flatMap((id) => {
    const firstIndex = (name: string) =>
      chronicle.findIndex(
        (entry) => entry.what === 'event' && entry.event.data.complaintId === id && nameOf(entry.event) === name,
      );
    const eventAt = (index: number) => {
      const entry = chronicle[index];
      return entry?.what === 'event' ? entry.event : undefined;
    };
    const raisedAtIndex = firstIndex('complaint.raised');
    const raised = eventAt(raisedAtIndex);
    if (raised === undefined) return [];
    const resolvedIndex = firstIndex('complaint.resolved');
    const satisfaction = eventAt(resolvedIndex)?.data.satisfaction;
    return [
      {
        id,
        journeyId: raised.data.journeyId,
        touchpoint: raised.data.touchpoint,
        raisedAt: timeOf(raised),
        raisedAtIndex,
        isOpen: resolvedIndex === -1,
        resolvedAtIndex: resolvedIndex === -1 ? undefined : Math.max(raisedAtIndex, resolvedIndex),
        satisfaction: satisfaction === undefined ? undefined : onLikert(satisfaction),
      },
    ];
  });
});
