import {
  type Chronicle,
  completes,
  type Definitions,
  definitionOf,
  distinct,
  type Entry,
  eventsIn,
  isSucceededMoment,
} from './chronicle.ts';
import type { Commitment } from './commitments.ts';
import { type Expected, nameOf, type PublishedEvent, timeOf } from './published-event.ts';

/** §5a: what each journey's definition has made it expect so far. */
export function expectedIn(chronicle: Chronicle, definitions: Definitions): Commitment[] {
  const journeyIds = distinct(eventsIn(chronicle).map((event) => event.data.journeyId));
  return journeyIds.flatMap((journeyId) => {
    const expects = definitionOf(chronicle, definitions, journeyId)?.expects ?? [];
    return expects.flatMap((expected) => historyOf(chronicle, definitions, journeyId, expected) ?? []);
  });
}

function expectedId(journeyId: string, { after, touchpoint }: Expected): string {
  const parts = [journeyId, after, touchpoint].map((part) => part.split('%').join('%25').split(':').join('%3A'));
  return ['expected', ...parts].join(':');
}

function historyOf(
  chronicle: Chronicle,
  definitions: Definitions,
  journeyId: string,
  expected: Expected,
): Commitment | undefined {
  const definition = definitionOf(chronicle, definitions, journeyId);
  const eventAt = (index: number): PublishedEvent | undefined => {
    const entry = chronicle[index];
    return entry?.what === 'event' && entry.event.data.journeyId === journeyId ? entry.event : undefined;
  };
  const succeedsAt = (index: number, touchpoint: string) => {
    const event = eventAt(index);
    return event !== undefined && isSucceededMoment(event) && event.data.touchpoint === touchpoint;
  };
  const all = chronicle.map((_, index) => index);
  const openedAt = all.find((index) => succeedsAt(index, expected.after));
  if (openedAt === undefined) return undefined;
  const isCompletedBy = (last: number) =>
    all.slice(0, last + 1).some((index) => {
      const event = eventAt(index);
      return event !== undefined && completes(event, definition);
    });
  if (isCompletedBy(openedAt)) return undefined;

  const madeAt = timeOf(eventAt(openedAt)!);
  const dueAt = madeAt + expected.withinMs;
  const id = expectedId(journeyId, expected);
  let state: Commitment['state'] = 'open';
  let closedAt: number | undefined;
  let breachedAtIndex: number | undefined;

  const before = all
    .filter((index) => index < openedAt && succeedsAt(index, expected.touchpoint))
    .map((index) => timeOf(eventAt(index)!))
    .filter((time) => time >= madeAt);
  if (before.length > 0) {
    closedAt = Math.min(...before);
    state = closedAt <= dueAt ? 'kept' : 'kept-late';
    if (state === 'kept-late') breachedAtIndex = openedAt;
  }
  for (const index of all.slice(openedAt + 1)) {
    const entry = chronicle[index]!;
    if (entry.what === 'breach' && entry.isExpected && entry.promiseId === id) {
      state = 'broken';
      breachedAtIndex = index;
    }
    if (succeedsAt(index, expected.touchpoint)) {
      const arrival = timeOf(eventAt(index)!);
      if (arrival >= madeAt && state !== 'kept') {
        if (arrival <= dueAt || state === 'open') [state, closedAt] = ['kept', arrival];
        else if (state === 'broken') [state, closedAt] = ['kept-late', arrival];
      }
    }
    const endedAt = endAt(entry, journeyId, eventAt(index), definition);
    if (endedAt !== undefined && state === 'open') [state, closedAt] = ['withdrawn', endedAt];
  }
  return { id, isExpected: true, counts: expected.counts ?? true, journeyId, dueAt, state, closedAt, breachedAtIndex };
}

/** The time at which this entry ends an open journey; undefined if it does not. */
function endAt(
  entry: Entry,
  journeyId: string,
  event: PublishedEvent | undefined,
  definition: Parameters<typeof completes>[1],
): number | undefined {
  if (entry.what === 'abandonment') return entry.journeyId === journeyId ? entry.at : undefined;
  if (event === undefined) return undefined;
  return nameOf(event) === 'journey.abandoned' || completes(event, definition) ? timeOf(event) : undefined;
}
