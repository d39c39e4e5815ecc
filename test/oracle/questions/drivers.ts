import { nameOf, type PublishedEvent, timeOf } from '../published-event.ts';
import { byText, casesFor, mean, type Question, rate, type World } from './cases.ts';
import { DAY, type Person, peopleIn, purchasesOf, rated } from './people.ts';
import { average, differenceOfMeans, differenceOfRates, falseDiscoveryRates } from './statistics.ts';

/** §13: drivers, written apart from the product. */

/** With and without each value that enough cases have; by factor and value. */
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
      const [one, other] = sides.map((side) => side.map(({ y }) => y)) as [number[], number[]];
      const told = (ys: readonly number[]) => ({ n: ys.length, mean: average(ys) });
      const share = (ys: readonly number[]) => rate(ys.filter((y) => y === 1).length, ys.length);
      const isMean = outcome === 'score' || outcome === 'feedback';
      const difference = isMean ? differenceOfMeans(one, other) : differenceOfRates(share(one), share(other));
      const isPart = isPartOf(outcome, factor, value, world);
      return [{ factor, value, with: told(one), without: told(other), ...difference, isPart }];
    });
  });
  const qs = falseDiscoveryRates(items.map(({ p }) => p));
  return {
    cases: looked.length,
    tests: items.length,
    items: items.map((each, at) => ({ ...each, q: qs[at]! })).sort(byFactor),
  };
}

function isPartOf(outcome: string, factor: string, value: string, { definitions }: World): boolean {
  if (outcome === 'score') return factor === 'touchpoint-failed' || factor === 'level';
  if (outcome === 'failure') return factor === 'touchpoint-failed';
  const completing = Object.values(definitions).flatMap(({ completesOn = [] }) => completesOn);
  return outcome === 'abandoned' && factor === 'touchpoint' && completing.includes(value);
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
