import { type CustomerMeasures, measure } from '../measure.ts';
import { onLikert, scored } from '../moment-score.ts';
import { customerOf, type Definition, nameOf, type PublishedEvent, type Rating, timeOf } from '../published-event.ts';
import type { LoggedEvent, World } from './cases.ts';

/**
 * Customers for a second, independent implementation of the questions about them: plain loops over
 * plain values.
 */

export const DAY = 86_400_000;

export interface Person {
  readonly id: string;
  /** Without repeats, in log order. */
  readonly log: readonly LoggedEvent[];
  readonly measured: CustomerMeasures;
  readonly firstAt: number;
  /** Greatest time of a scored event since the relationship ended last. */
  readonly lastMoment: number | null;
}

/** Everybody in a world, worked out once. */
export function peopleIn(world: World): readonly Person[] {
  const known = worlds.get(world) ?? everybodyIn(world);
  worlds.set(world, known);
  return known;
}
const worlds = new WeakMap<World, readonly Person[]>();

function everybodyIn(world: World): Person[] {
  const logs = new Map<string, LoggedEvent[]>();
  const seen = new Set<string>();
  for (const logged of world.log) {
    const id = customerOf(logged.event);
    const identity = JSON.stringify([id, logged.event.source, logged.event.id]);
    if (seen.has(identity)) continue;
    seen.add(identity);
    logs.set(id, [...(logs.get(id) ?? []), logged]);
  }
  return [...logs].map(([id, log]) => {
    const events = log.map(({ event }) => event);
    const ended = events.findLastIndex((event) => nameOf(event) === 'relationship.ended');
    const scored = events
      .slice(ended + 1)
      .filter(isScored)
      .map(timeOf);
    return {
      ...{ id, log, firstAt: Math.min(...events.map(timeOf)) },
      measured: measure(events, world.definitions, world.now),
      lastMoment: scored.length === 0 ? null : Math.max(...scored),
    };
  });
}

export const isMoment = (event: PublishedEvent) => nameOf(event) === 'moment.recorded';
export const isScored = (event: PublishedEvent) =>
  isMoment(event) || (nameOf(event) === 'feedback.given' && event.data.instrument !== 'nps');
export const rated = (rating: Rating | undefined) => (rating === undefined ? undefined : onLikert(rating));

export interface Purchase {
  readonly at: number;
  readonly amount: number;
  readonly currency: string;
}

export const purchasesOf = ({ log }: Person): Purchase[] =>
  log
    .filter(({ event }) => nameOf(event) === 'purchase.made')
    .map(({ event }) => ({
      at: timeOf(event),
      amount: event.data.amount as number,
      currency: String(event.data.currency),
    }));

interface Opened {
  readonly team: string;
  readonly site: string;
  readonly touchpoint: string;
  readonly journeyId: string;
  readonly journeyType: string;
}

function openedBy({ log }: Person, { data }: PublishedEvent): Opened {
  const { team = '', site = '' } = (data.actor ?? {}) as { readonly team?: string; readonly site?: string };
  const { touchpoint = '', journeyId = '' } = data;
  const first = log.find(({ event }) => event.data.journeyId === journeyId && journeyId !== '');
  return { team, site, touchpoint, journeyId, journeyType: first?.event.data.journeyType ?? '' };
}

export interface ToldComplaint extends Opened {
  readonly id: string;
  readonly raisedAt: number;
  readonly channel: string;
  readonly severity: string;
  /** ms until the answer; 0 where that overtook it. */
  readonly answeredAfter: number | undefined;
  readonly resolvedAt: number | undefined;
  readonly firstContact: boolean | undefined;
  readonly isFollowedUp: boolean;
  /** Satisfaction with the resolution. */
  readonly resolvedWith: number | undefined;
  readonly satisfaction: number | undefined;
}

export function complaintsOf(person: Person): ToldComplaint[] {
  const events = person.log.map(({ event }) => event);
  const ids = new Set(events.map(({ data }) => data.complaintId).filter((id) => id !== undefined));
  return [...ids].flatMap((id) => {
    const all = (name: string) => events.filter((event) => nameOf(event) === name && event.data.complaintId === id);
    const [raised] = all('complaint.raised');
    if (raised === undefined) return [];
    const [resolved] = all('complaint.resolved');
    const answers = [...all('complaint.answered'), ...(resolved === undefined ? [] : [resolved])].map(timeOf);
    const followUps = all('complaint.followed-up');
    const resolvedWith = rated(resolved?.data.satisfaction);
    const asked = followUps.find(({ data }) => data.satisfaction !== undefined);
    return [
      {
        ...openedBy(person, raised),
        ...{
          id,
          raisedAt: timeOf(raised),
          channel: raised.data.channel ?? '',
          severity: String(raised.data.severity ?? ''),
        },
        answeredAfter: answers.length === 0 ? undefined : Math.max(0, Math.min(...answers) - timeOf(raised)),
        resolvedAt: resolved === undefined ? undefined : timeOf(resolved),
        firstContact: resolved?.data.firstContact as boolean | undefined,
        isFollowedUp: followUps.length > 0,
        ...{ resolvedWith, satisfaction: resolvedWith ?? rated(asked?.data.satisfaction) },
      },
    ];
  });
}

export interface ToldPromise extends Opened {
  readonly id: string;
  readonly isExpected: boolean;
  readonly what: string;
  readonly dueAt: number;
  readonly state: string;
  readonly closedAt: number | undefined;
}

export function promisesOf(person: Person, definitions: Readonly<Record<string, Definition>>): ToldPromise[] {
  return person.measured.promises.map(({ id, isExpected, journeyId, dueAt, state, closedAt }) => {
    const told = { id, isExpected, dueAt, state, closedAt };
    if (!isExpected) {
      const made = person.log.find(
        ({ event }) => nameOf(event) === 'promise.made' && event.data.promiseId === id,
      )!.event;
      return { ...told, ...openedBy(person, made), what: String(made.data.what ?? '') };
    }
    const own = person.log.filter(({ event }) => event.data.journeyId === journeyId).map(({ event }) => event);
    const expects = definitions[own[0]!.data.journeyType!]!.expects!;
    const escaped = (text: string) => text.replaceAll('%', '%25').replaceAll(':', '%3A');
    const { after, touchpoint } = expects.find((each) =>
      id.endsWith(`:${escaped(each.after)}:${escaped(each.touchpoint)}`),
    )!;
    const moment = own.find(
      (event) => isMoment(event) && event.data.outcome === 'succeeded' && event.data.touchpoint === after,
    )!;
    return { ...told, ...openedBy(person, moment), touchpoint, what: `${touchpoint} expected` };
  });
}

/** Standing critical failures of a customer: journey and time. */
export function standingOf(person: Person, definitions: Readonly<Record<string, Definition>>) {
  const standing = new Map<string, { readonly journeyId: string; readonly touchpoint: string; at: number }>();
  const recover = (journeyId: string | undefined, touchpoint: string | undefined) => {
    for (const [key, each] of standing) {
      if (each.journeyId === journeyId && (touchpoint === undefined || each.touchpoint === touchpoint))
        standing.delete(key);
    }
  };
  const raised = new Map<string, PublishedEvent>();
  const resolved = new Map<string, PublishedEvent>();
  for (const { event } of person.log) {
    const { journeyId, touchpoint, outcome, complaintId, accepted } = event.data;
    if (nameOf(event) === 'recovery.made' && accepted && journeyId !== undefined) recover(journeyId, touchpoint);
    if (isMoment(event) && journeyId !== undefined) {
      if (outcome === 'succeeded') recover(journeyId, touchpoint);
      const type = openedBy(person, event).journeyType;
      if (outcome === 'failed' && definitions[type]?.touchpoints?.[touchpoint!]?.critical === true) {
        const key = JSON.stringify([journeyId, touchpoint]);
        const at = Math.max(timeOf(event), standing.get(key)?.at ?? 0);
        standing.set(key, { journeyId, touchpoint: touchpoint!, at });
      }
    }
    if (nameOf(event) === 'complaint.raised' && !raised.has(complaintId!)) raised.set(complaintId!, event);
    if (nameOf(event) === 'complaint.resolved' && !resolved.has(complaintId!)) resolved.set(complaintId!, event);
    const isNews = nameOf(event) === 'complaint.raised' || nameOf(event) === 'complaint.resolved';
    const [from, to] = [raised.get(complaintId ?? ''), resolved.get(complaintId ?? '')];
    const isResolvedNow = isNews && from !== undefined && to !== undefined && (event === from || event === to);
    if (isResolvedNow && (rated(to.data.satisfaction) ?? 0) > 4 - 1e-9 && from.data.touchpoint !== undefined) {
      recover(from.data.journeyId, from.data.touchpoint);
    }
  }
  return [...standing.values()];
}

/** Scores of the events of a customer that have one, by their id. */
export function scoresByEvent({ log }: Person, { definitions }: World): Map<string, number> {
  const types = new Map<string, string>();
  for (const { event } of log) {
    const { journeyId, journeyType } = event.data;
    if (journeyId !== undefined && !types.has(journeyId)) types.set(journeyId, journeyType!);
  }
  return new Map(
    log.flatMap(({ event }) => {
      const found = scored(event, definitions[types.get(event.data.journeyId ?? '') ?? '']);
      return found === undefined ? [] : [[event.id, found.score] as const];
    }),
  );
}
