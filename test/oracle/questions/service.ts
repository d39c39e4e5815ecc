import { scored } from '../moment-score.ts';
import { nameOf, type PublishedEvent, timeOf } from '../published-event.ts';
import { byText, casesFor, type Question, quantile, rate, type World } from './cases.ts';
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
  rated,
} from './people.ts';

/** §§12 to 16 without their intervals, written apart from the product. */

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

/** Scores of the events of a customer that have one, by their id. */
function scoresOf({ log }: Person, { definitions }: World): Map<string, number> {
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

export function recovery(world: World, question: Question) {
  const week = 7 * DAY;
  const cases = peopleIn(world).flatMap((person) => {
    const scores = scoresOf(person, world);
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
      return [{ isRecovered, next: next === undefined ? undefined : scores.get(next.id), isOld, bought }];
    });
  });
  const side = (isRecovered: boolean) => {
    const its = cases.filter((each) => each.isRecovered === isRecovered);
    const scores = its.flatMap(({ next }) => next ?? []);
    const old = its.filter(({ isOld }) => isOld);
    return {
      next: { n: scores.length, mean: mean(scores) },
      again: rate(old.filter(({ bought }) => bought).length, old.length),
    };
  };
  const [recovered, not] = [side(true), side(false)];
  const isBoth = recovered.next.mean !== null && not.next.mean !== null;
  return {
    ...{ cases: cases.length, recovered: cases.filter(({ isRecovered }) => isRecovered).length },
    next: {
      ...{ recovered: recovered.next, not: not.next },
      difference: isBoth ? recovered.next.mean! - not.next.mean! : null,
    },
    boughtAgain: { recovered: recovered.again, not: not.again },
  };
}

/** Drivers without their tests: with and without each value that enough cases have. */
export function drivers(world: World, question: Question, durationMs: (text: string) => number) {
  const { outcome, casesMin = 30, factors = ['touchpoint', 'touchpoint-failed', 'channel', 'team', 'site'] } = question;
  const people = new Map(peopleIn(world).map((person) => [person.id, person]));
  const units = casesFor(world, question, durationMs).flatMap((each) => {
    const person = people.get(each.customerId)!;
    const own = person.log.map(({ event }) => event).filter((event) => event.data.journeyId === each.journeyId);
    const y = outcomeOf(outcome, { each, person, own, now: world.now });
    return y === undefined ? [] : [{ each, y: Number(y) }];
  });
  const latest = new Map<string, (typeof units)[number]>();
  for (const unit of units) {
    const other = latest.get(unit.each.customerId);
    const [a, b] = [unit.each, other?.each];
    const isLater =
      b === undefined ||
      a.startedAt > b.startedAt ||
      (a.startedAt === b.startedAt && byText(a.journeyId, b.journeyId) > 0);
    if (isLater) latest.set(unit.each.customerId, unit);
  }
  const looked = question.unit === 'customer' ? [...latest.values()] : units;
  const values = (factor: string, { each }: (typeof units)[number]): string[] => {
    const ofSteps = (part: 'touchpoint' | 'channel' | 'team' | 'site') => each.steps.map((step) => step[part]);
    if (factor === 'touchpoint-failed') {
      return each.steps.filter((step) => step.outcome !== 'succeeded').map(({ touchpoint }) => touchpoint);
    }
    if (factor === 'type') return [each.type];
    if (factor === 'level') return [each.level ?? ''];
    if (factor.startsWith('attribute.')) return [each.attributes[factor.slice('attribute.'.length)] ?? ''];
    return ofSteps(factor as 'touchpoint');
  };
  const items = (factors as string[]).flatMap((factor) => {
    const names = new Set(looked.flatMap((unit) => values(factor, unit)).filter((value) => value !== ''));
    return [...names].flatMap((value) => {
      const sides = [true, false].map((has) => looked.filter((unit) => values(factor, unit).includes(value) === has));
      if (sides.some((side) => side.length < casesMin)) return [];
      const [one, other] = sides.map((side) => ({ n: side.length, mean: mean(side.map(({ y }) => y))! }));
      return [{ factor, value, with: one, without: other, difference: one!.mean - other!.mean }];
    });
  });
  return { cases: looked.length, tests: items.length, items: items.sort(byFactor) };
}

export const byFactor = (
  a: { readonly factor: string; readonly value: string },
  b: { readonly factor: string; readonly value: string },
) => byText(a.factor, b.factor) || byText(a.value, b.value);

interface Looked {
  readonly each: ReturnType<typeof casesFor>[number];
  readonly person: Person;
  readonly own: readonly PublishedEvent[];
  readonly now: number;
}

function outcomeOf(outcome: string, { each, person, own, now }: Looked): number | boolean | undefined {
  const last = Math.max(...own.map(timeOf));
  const csat = own.filter((event) => nameOf(event) === 'feedback.given' && event.data.instrument === 'csat');
  switch (outcome) {
    case 'score':
      return each.score ?? undefined;
    case 'feedback':
      return mean(csat.map(({ data }) => rated(data.score)!)) ?? undefined;
    case 'complaint':
      return each.isComplained;
    case 'broken-promise':
      return each.isBroken;
    case 'failure':
      return each.failures > 0;
    case 'abandoned':
      return each.status === 'open' ? undefined : each.status === 'abandoned';
    case 'stage-lost': {
      const order = ['none', 'cognitive', 'affective', 'behavioural'];
      const isLost = person.measured.history.some(
        ({ from, to, at }) => order.indexOf(to) < order.indexOf(from) && at >= last && at <= last + 30 * DAY,
      );
      return last > now - 30 * DAY ? undefined : isLost;
    }
    default:
      return last > now - 90 * DAY
        ? undefined
        : purchasesOf(person).some(({ at }) => at > last && at <= last + 90 * DAY);
  }
}

/** Values of leaves and units, 0..100, without their intervals. */
interface Counted {
  readonly at: number;
  readonly team: string;
  readonly site: string;
  readonly channel: string;
  readonly type: string;
  readonly value: number;
}

/** Values that each measure counts of events, promises and complaints. */
function countedBy(world: World, measure: string, within: number): Counted[] {
  return peopleIn(world).flatMap((person) => {
    const scores = scoresOf(person, world);
    const typeOf = (id: string | undefined) =>
      person.log.find(({ event }) => id !== undefined && event.data.journeyId === id)?.event.data.journeyType ?? '';
    const ofEvent = (event: PublishedEvent, value: number | undefined): Counted[] => {
      const { team = '', site = '' } = (event.data.actor ?? {}) as { readonly team?: string; readonly site?: string };
      const place = {
        at: timeOf(event),
        team,
        site,
        channel: event.data.channel ?? '',
        type: typeOf(event.data.journeyId),
      };
      return value === undefined ? [] : [{ ...place, value }];
    };
    const events = (valueIn: (event: PublishedEvent) => number | undefined) =>
      person.log.flatMap(({ event }) => ofEvent(event, valueIn(event)));
    const up = (rating: number | undefined) => (rating === undefined ? undefined : 25 * (rating - 1));
    const down = (rating: number | undefined) => (rating === undefined ? undefined : 25 * (5 - rating));
    const says = (instrument: string) => (event: PublishedEvent) =>
      nameOf(event) === 'feedback.given' && event.data.instrument === instrument ? rated(event.data.score) : undefined;
    const ofMoment = (valueIn: (event: PublishedEvent) => number | undefined) =>
      events((event) => (isMoment(event) ? valueIn(event) : undefined));
    const complaints = (only: (each: ReturnType<typeof complaintsOf>[number]) => boolean | undefined) =>
      complaintsOf(person).flatMap((each) => {
        const value = only(each);
        const { team, site, channel, journeyType: type, raisedAt: at } = each;
        return value === undefined ? [] : [{ at, team, site, channel, type, value: value ? 100 : 0 }];
      });
    if (measure.startsWith('rating.')) {
      return ofMoment(({ data }) => up(rated(data.ratings?.[measure.slice('rating.'.length)])));
    }
    switch (measure) {
      case 'moment-score':
        return ofMoment((event) => scores.get(event.id));
      case 'csat':
        return events((event) => up(says('csat')(event)));
      case 'ces':
        return events((event) => down(says('ces')(event)));
      case 'perception':
        return ofMoment(({ data }) => up(rated(data.perception)));
      case 'effort':
        return ofMoment(({ data }) => down(rated(data.effort)));
      case 'expectation':
        return events((event) =>
          isMoment(event) || nameOf(event) === 'feedback.given' ? up(rated(event.data.expectation)) : undefined,
        );
      case 'success':
        return ofMoment(({ data }) => (data.outcome === 'succeeded' ? 100 : 0));
      case 'promise-keeping':
        return promisesOf(person, world.definitions)
          .filter(({ state }) => state === 'kept' || state === 'kept-late' || state === 'broken')
          .map(({ dueAt: at, team, site, journeyType: type, state }) => {
            return { at, team, site, channel: '', type, value: state === 'kept' ? 100 : 0 };
          });
      case 'first-contact':
        return complaints(({ resolvedAt, firstContact }) => (resolvedAt === undefined ? undefined : firstContact));
      case 'followed-up':
        return complaints(({ resolvedAt, isFollowedUp }) => (resolvedAt === undefined ? undefined : isFollowedUp));
      default:
        return complaints(({ raisedAt, answeredAfter }) =>
          raisedAt > world.now - within ? undefined : answeredAfter !== undefined && answeredAfter <= within,
        );
    }
  });
}

export function benchmarks(world: World, question: Question) {
  const measure = question.measure === 'score' ? 'moment-score' : question.measure;
  const by = question.by as 'team' | 'site';
  const all = countedBy(world, measure, DAY).filter(
    (each) =>
      inSpan(question, each.at) && each[by] !== '' && (question.type === undefined || each.type === question.type),
  );
  const units = [...new Set(all.map((each) => each[by]))].sort(byText);
  return {
    overall: mean(all.map(({ value }) => value)),
    rows: units.map((unit) => {
      const its = all.filter((each) => each[by] === unit);
      return { unit, n: its.length, value: its.length < 2 ? null : mean(its.map(({ value }) => value)) };
    }),
  };
}

/** A flat tree: the value of each leaf, and the weighted mean of those that have one. */
export function flatIndex(world: World, question: Question) {
  const { children } = question.tree as { readonly children: readonly Question[] };
  const leaves = children.map((leaf) => {
    const its = countedBy(world, leaf.measure, DAY).filter(
      (each) =>
        inSpan(question, each.at) &&
        (leaf.where?.team === undefined || each.team === leaf.where.team) &&
        (leaf.where?.type === undefined || each.type === leaf.where.type),
    );
    return { id: leaf.id, n: its.length, value: its.length < 2 ? null : mean(its.map(({ value }) => value)) };
  });
  const weightOf = (at: number) => (children[at]!.weight as number | undefined) ?? 1;
  const known = leaves.flatMap(({ value }, at) => (value === null ? [] : [{ value, weight: weightOf(at) }]));
  const weights = known.reduce((sum, { weight }) => sum + weight, 0);
  const value = weights === 0 ? null : known.reduce((sum, each) => sum + each.weight * each.value, 0) / weights;
  const covered = weights / children.reduce((sum, _, at) => sum + weightOf(at), 0);
  return { rows: leaves.some(({ n }) => n >= 0) ? [{ tree: { covered, value, children: leaves } }] : [] };
}
