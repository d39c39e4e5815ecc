import { nameOf, timeOf } from '../published-event.ts';
import { byText, type Question, quantile, rate, type World } from './cases.ts';
import { bucketEnd, bucketsIn, inSpan, iso } from './loyalty.ts';
import {
  complaintsOf,
  DAY,
  isMoment,
  isScored,
  type Person,
  peopleIn,
  promisesOf,
  purchasesOf,
  scoresByEvent,
} from './people.ts';
import { differenceOfMeans, differenceOfRates, stratified } from './statistics.ts';

/** §12, written apart from the product. */

const EPSILON = 1e-9;
const mean = (values: readonly number[]) =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;

/** Rows by values and time: every bucket of the span, for each group that has anything in it. */
function split<Item>(
  world: World,
  question: Question,
  items: readonly Item[],
  timeOfItem: (item: Item) => number,
  figures: (items: readonly Item[]) => object,
) {
  const { by = [], bucket } = question;
  const times = items.map(timeOfItem);
  const [from, to] = [
    question.from === undefined ? Math.min(...times) : Date.parse(question.from),
    question.to === undefined ? Math.max(...times) + 1 : Date.parse(question.to),
  ];
  const starts = bucket === undefined ? [from] : bucketsIn(bucket, from, to);
  const end = bucket === undefined || starts.length === 0 ? to : bucketEnd(bucket, starts.at(-1)!);
  const counted = items.filter((item) => timeOfItem(item) >= (starts[0] ?? from) && timeOfItem(item) < end);
  const keyOf = (item: Item) => by.map((name: string) => (item as Record<string, string>)[name]);
  const groups = new Map(counted.map((item) => [JSON.stringify(keyOf(item)), keyOf(item)]));
  if (by.length === 0) groups.set('[]', []);
  const inOrder = [...groups].sort(([, a], [, b]) => {
    const at = a.findIndex((value: string, i: number) => value !== b[i]);
    return at === -1 ? 0 : byText(a[at], b[at]);
  });
  return {
    rows: inOrder.flatMap(([key, values]) => {
      const its = counted.filter((item) => JSON.stringify(keyOf(item)) === key);
      const named = Object.fromEntries(by.map((name: string, i: number) => [name, values[i]]));
      if (bucket === undefined) return [{ ...named, ...figures(its) }];
      return starts.map((start) => {
        const stop = bucketEnd(bucket, start);
        const inside = its.filter((item) => timeOfItem(item) >= start && timeOfItem(item) < stop);
        return { ...named, bucket: iso(start), isOpen: stop > world.now, ...figures(inside) };
      });
    }),
  };
}

export function promisesReport(world: World, question: Question) {
  const all = peopleIn(world)
    .flatMap((person) => promisesOf(person, world.definitions))
    .filter(({ isExpected }) => question.expected === undefined || question.expected === isExpected);
  return split(
    world,
    question,
    all,
    ({ dueAt }) => dueAt,
    (its) => {
      const count = (state: string) => its.filter((each) => each.state === state).length;
      const [kept, keptLate, broken] = [count('kept'), count('kept-late'), count('broken')];
      return {
        ...{ made: its.length, open: count('open'), kept, keptLate, broken, withdrawn: count('withdrawn') },
        keeping: rate(kept, kept + keptLate + broken),
        medianLateMs: quantile(
          its.filter(({ state }) => state === 'kept-late').map(({ closedAt, dueAt }) => closedAt! - dueAt),
          0.5,
        ),
      };
    },
  );
}

export function complaintsReport(world: World, question: Question, durationMs: (text: string) => number) {
  const within = durationMs(question.within ?? 'P1D');
  const all = peopleIn(world).flatMap(complaintsOf);
  return split(
    world,
    question,
    all,
    ({ raisedAt }) => raisedAt,
    (its) => {
      const resolved = its.filter(({ resolvedAt }) => resolvedAt !== undefined);
      const waits = its.flatMap(({ answeredAfter }) => answeredAfter ?? []);
      const due = its.filter(({ raisedAt }) => raisedAt <= world.now - within);
      const said = resolved.filter(({ firstContact }) => firstContact !== undefined);
      const told = its.filter(({ satisfaction }) => satisfaction !== undefined);
      return {
        ...{
          raised: its.length,
          open: its.length - resolved.length,
          answered: waits.length,
          resolved: resolved.length,
        },
        ...{ medianMsToAnswer: quantile(waits, 0.5), p90MsToAnswer: quantile(waits, 0.9) },
        answeredWithin: rate(
          due.filter(({ answeredAfter }) => answeredAfter !== undefined && answeredAfter <= within).length,
          due.length,
        ),
        firstContact: rate(said.filter(({ firstContact }) => firstContact).length, said.length),
        followedUp: rate(resolved.filter(({ isFollowedUp }) => isFollowedUp).length, resolved.length),
        satisfied: rate(told.filter(({ satisfaction }) => satisfaction! > 4 - EPSILON).length, told.length),
      };
    },
  );
}

/** Moments and feedback in order of time, then of the log. */
const inTime = ({ log }: Person) =>
  [...log].sort((a, b) => timeOf(a.event) - timeOf(b.event) || a.position - b.position).map(({ event }) => event);

export function recovery(world: World, question: Question) {
  const week = 7 * DAY;
  const cases = peopleIn(world).flatMap((person) => {
    const scores = scoresByEvent(person, world);
    const ids = new Set(person.log.flatMap(({ event }) => event.data.journeyId ?? []));
    return [...ids].flatMap((journeyId) => {
      const own = inTime(person).filter((event) => event.data.journeyId === journeyId);
      const failed = own.find((event) => isMoment(event) && event.data.outcome === 'failed');
      const type = person.log.find(({ event }) => event.data.journeyId === journeyId)!.event.data.journeyType;
      if (failed === undefined || (question.type !== undefined && question.type !== type)) return [];
      const at = timeOf(failed);
      if (!inSpan(question, at) || at > world.now - week) return [];
      const made = own.filter((event) => nameOf(event) === 'recovery.made' && event.data.accepted === true).map(timeOf);
      const settled = complaintsOf(person)
        .filter((each) => each.journeyId === journeyId && (each.resolvedWith ?? 0) > 4 - EPSILON)
        .map(({ resolvedAt }) => resolvedAt!);
      const next = inTime(person).find((event) => isScored(event) && timeOf(event) > at + week);
      const isOld = at <= world.now - 97 * DAY;
      const bought = purchasesOf(person).some((each) => each.at > at + week && each.at <= at + 97 * DAY);
      const isRecovered = [...made, ...settled].some((time) => time >= at && time <= at + week);
      const touchpoint = failed.data.touchpoint!;
      return [{ isRecovered, next: next === undefined ? undefined : scores.get(next.id), touchpoint, isOld, bought }];
    });
  });
  const side = (isRecovered: boolean) => {
    const its = cases.filter((each) => each.isRecovered === isRecovered);
    const scores = its.flatMap(({ next }) => next ?? []);
    const old = its.filter(({ isOld }) => isOld);
    return {
      ...{ its, scores },
      next: { n: scores.length, mean: mean(scores) },
      again: rate(old.filter(({ bought }) => bought).length, old.length),
    };
  };
  const [recovered, not] = [side(true), side(false)];
  const at = (own: typeof cases, touchpoint: string) =>
    own.filter((each) => each.touchpoint === touchpoint).flatMap(({ next }) => next ?? []);
  const touchpoints = [...new Set(cases.map(({ touchpoint }) => touchpoint))];
  return {
    ...{ cases: cases.length, recovered: recovered.its.length },
    next: {
      ...{ recovered: recovered.next, not: not.next },
      ...differenceOfMeans(recovered.scores, not.scores),
      stratified: stratified(touchpoints.map((each) => [at(recovered.its, each), at(not.its, each)] as const)),
    },
    boughtAgain: {
      ...{ recovered: recovered.again, not: not.again },
      ...differenceOfRates(recovered.again, not.again),
    },
  };
}
