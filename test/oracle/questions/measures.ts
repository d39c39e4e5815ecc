import { levelOf } from '../moment-score.ts';
import { nameOf, type PublishedEvent, timeOf } from '../published-event.ts';
import { byText, mean, type Question, type World } from './cases.ts';
import { inSpan } from './loyalty.ts';
import { complaintsOf, DAY, isMoment, peopleIn, promisesOf, rated, scoresByEvent } from './people.ts';
import { varianceOf, within100 } from './statistics.ts';

/** §§15 and 16: the index and benchmarks, written apart from the product. */

/** A value of a leaf or a unit, 0..100. */
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
    const scores = scoresByEvent(person, world);
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

/** The value of a leaf, and the variance of its mean. */
function figureOf(measure: string, its: readonly Counted[]) {
  const values = its.map(({ value }) => value);
  const n = values.length;
  if (n < 2) return { n, value: null, variance: 0 };
  if (!RATES.has(measure)) return { n, value: mean(values), variance: varianceOf(values) / n };
  const share = (values.filter((value) => value === 100).length + 2) / (n + 4);
  return { n, value: mean(values), variance: (10_000 * share * (1 - share)) / (n + 4) };
}
const RATES = new Set(['success', 'promise-keeping', 'first-contact', 'followed-up', 'answered-within']);

export function benchmarks(world: World, question: Question) {
  const measure = question.measure === 'score' ? 'moment-score' : question.measure;
  const by = question.by as 'team' | 'site';
  const all = countedBy(world, measure, DAY).filter(
    (each) =>
      inSpan(question, each.at) && each[by] !== '' && (question.type === undefined || each.type === question.type),
  );
  const names = [...new Set(all.map((each) => each[by]))].sort(byText);
  const units = names.map((unit) => {
    return {
      unit,
      ...figureOf(
        measure,
        all.filter((each) => each[by] === unit),
      ),
    };
  });
  const overall = mean(all.map(({ value }) => value));
  const sure = units.filter(({ n }) => n >= 30);
  const between = varianceOf(sure.map(({ value }) => value!)) - (mean(sure.map(({ variance }) => variance)) ?? 0);
  const spread = sure.length < 3 ? null : Math.sqrt(Math.max(0, between));
  const rows = units.map(({ unit, n, value, variance }) => {
    const kept = spread === null || spread === 0 ? 0 : spread ** 2 / (spread ** 2 + variance);
    const shrunken = spread === null || value === null ? null : overall! + (value - overall!) * kept;
    return { unit, n, ...within100(value, variance), shrunken };
  });
  const ranked = spread ? rows.filter(({ n }) => n >= 30).map(({ shrunken }) => shrunken!) : [];
  return {
    ...{ overall, spread },
    rows: rows.map((row) => {
      if (ranked.length === 0 || row.n < 30) return { ...row, rank: null, toBest: null };
      const better = rows.filter(
        ({ n, unit, shrunken }) =>
          n >= 30 && (shrunken! > row.shrunken! || (shrunken === row.shrunken && byText(unit, row.unit) < 0)),
      );
      return { ...row, rank: better.length + 1, toBest: Math.max(...ranked) - row.shrunken! };
    }),
  };
}

/** A flat tree: each leaf, and the weighted mean of those that have a value. */
export function flatIndex(world: World, question: Question) {
  const { children } = question.tree as { readonly children: readonly Question[] };
  const weightOf = ({ weight = 1 }: Question) => weight as number;
  const leaves = children.map((leaf) => {
    const its = countedBy(world, leaf.measure, DAY).filter(
      (each) =>
        inSpan(question, each.at) &&
        (leaf.where?.team === undefined || each.team === leaf.where.team) &&
        (leaf.where?.type === undefined || each.type === leaf.where.type),
    );
    return { id: leaf.id as string, weight: weightOf(leaf), ...figureOf(leaf.measure, its) };
  });
  const known = leaves.filter(({ value }) => value !== null);
  const sum = (of: (leaf: (typeof leaves)[number]) => number) => known.reduce((total, leaf) => total + of(leaf), 0);
  const weights = sum(({ weight }) => weight);
  const value = weights === 0 ? null : sum(({ weight, value: own }) => weight * own!) / weights;
  const variance = sum((leaf) => (leaf.weight / weights) ** 2 * leaf.variance);
  const told = (own: number | null, ownVariance: number) => ({ ...within100(own, ownVariance), level: levelOf(own) });
  const covered = weights / children.reduce((total, leaf) => total + weightOf(leaf), 0);
  return {
    rows: [
      {
        tree: {
          ...{ covered, ...told(value, variance) },
          children: leaves.map((leaf) => ({ id: leaf.id, n: leaf.n, ...told(leaf.value, leaf.variance) })),
        },
      },
    ],
  };
}
