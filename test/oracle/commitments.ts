import { type Chronicle, type Definitions, distinct, eventsIn, once } from './chronicle.ts';
import { expectedIn } from './expected.ts';
import { onLikert } from './moment-score.ts';
import { nameOf, type PublishedEvent, timeOf } from './published-event.ts';

export interface Commitment {
  readonly id: string;
  /** True: a promise of §5a, which nobody published. */
  readonly isExpected: boolean;
  readonly counts: boolean;
  readonly journeyId: string | undefined;
  readonly dueAt: number;
  readonly closedAt: number | undefined;
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

const promisesByChronicle = new WeakMap<Chronicle, readonly Commitment[]>();

/**
 * §5 and §5a: the history of each promise that was made or is expected. A chronicle comes of one
 * set of definitions, so the answer is worked out once for each.
 */
export function promisesIn(chronicle: Chronicle, definitions: Definitions): readonly Commitment[] {
  let known = promisesByChronicle.get(chronicle);
  if (known === undefined) {
    const ids = distinct(eventsIn(chronicle).map((event) => event.data.promiseId));
    known = [...ids.flatMap((id) => promiseIn(chronicle, id) ?? []), ...expectedIn(chronicle, definitions)];
    promisesByChronicle.set(chronicle, known);
  }
  return known;
}

function promiseIn(chronicle: Chronicle, id: string): Commitment | undefined {
  const about = chronicle.flatMap((entry, index): News[] => {
    if (entry.what === 'breach' && entry.promiseId === id && !entry.isExpected) {
      return [{ index, name: 'breach', event: undefined }];
    }
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
  let closedAt: number | undefined;
  let breachedAtIndex: number | undefined;
  const closeBy = (closing: News, as: Commitment['state'] = stateAfter(closing)) => {
    state = as;
    closedAt = timeOf(closing.event!);
  };
  const overtook = about.slice(0, opened).find(isClosing);
  if (overtook !== undefined && inTime(overtook)) closeBy(overtook);

  for (const next of about.slice(opened + 1)) {
    if (next.name === 'breach') {
      state = 'broken';
      breachedAtIndex = next.index;
    } else if (isClosing(next)) {
      if (state === 'open') closeBy(next);
      else if (state === 'broken' || state === 'kept-late') {
        if (inTime(next)) closeBy(next);
        else if (next.name === 'promise.kept' && state === 'broken') closeBy(next, 'kept-late');
      }
    }
  }
  const { journeyId } = opening.data;
  return { id, isExpected: false, counts: true, journeyId, dueAt, state, closedAt, breachedAtIndex };
}

/** Whether it costs its journey points, and is an incident. */
export function countsAsBroken(promise: Commitment): boolean {
  if (!promise.counts) return false;
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
