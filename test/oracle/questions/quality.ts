import { nameOf, timeOf } from '../published-event.ts';
import { byText, casesFor, type Question, type World } from './cases.ts';
import { inSpan } from './loyalty.ts';
import { isMoment, type Person, peopleIn, purchasesOf, rated, scoresByEvent } from './people.ts';
import { average, correlation, meanInterval, relativeWeights } from './statistics.ts';

/** §§13 and 14: importance, quality and gaps, written apart from the product. */

const DIMENSIONS = ['reliability', 'assurance', 'tangibles', 'empathy', 'responsiveness'] as const;
const DAY = 86_400_000;

export function importance(world: World, question: Question, durationMs: (text: string) => number) {
  const people = new Map(peopleIn(world).map((person) => [person.id, person]));
  const scores = new Map([...people].map(([id, person]) => [id, scoresByEvent(person, world)]));
  const steps = new Map<string, number[]>();
  const pairs = new Map<string, [number, number][]>();
  for (const { customerId, journeyId } of casesFor(world, question, durationMs)) {
    const person = people.get(customerId)!;
    const own = person.log.map(({ event }) => event).filter((event) => event.data.journeyId === journeyId);
    const here = new Map<string, number[]>();
    for (const event of own.filter(isMoment)) {
      const score = scores.get(customerId)!.get(event.id);
      if (score === undefined) continue;
      const touchpoint = event.data.touchpoint!;
      here.set(touchpoint, [...(here.get(touchpoint) ?? []), score]);
      steps.set(touchpoint, [...(steps.get(touchpoint) ?? []), score]);
    }
    const y = outcomeOf(question.outcome ?? 'feedback', person, journeyId, world.now);
    if (y === undefined) continue;
    for (const [touchpoint, its] of here) {
      pairs.set(touchpoint, [...(pairs.get(touchpoint) ?? []), [average(its), y]]);
    }
  }
  return {
    rows: [...steps.keys()].sort(byText).map((touchpoint) => {
      const own = pairs.get(touchpoint) ?? [];
      const [xs, ys] = [own.map(([x]) => x), own.map(([, y]) => y)];
      const varies = (values: readonly number[]) => Math.max(...values) - Math.min(...values) > 1e-9;
      const isKnown = own.length >= 30 && varies(xs) && varies(ys);
      return {
        ...{ touchpoint, performance: meanInterval(steps.get(touchpoint)!), n: own.length },
        importance: isKnown ? correlation(xs, ys) : null,
      };
    }),
  };
}

function outcomeOf(outcome: string, person: Person, journeyId: string, now: number): number | undefined {
  const own = person.log.map(({ event }) => event).filter((event) => event.data.journeyId === journeyId);
  if (outcome === 'feedback') {
    const told = own.filter((event) => nameOf(event) === 'feedback.given' && event.data.instrument === 'csat');
    return told.length === 0 ? undefined : average(told.map(({ data }) => rated(data.score)!));
  }
  const last = Math.max(...own.map(timeOf));
  if (last > now - 90 * DAY) return undefined;
  return purchasesOf(person).some(({ at }) => at > last && at <= last + 90 * DAY) ? 1 : 0;
}

/** Ratings and their weights, by touchpoint and team or over all. */
export function quality(world: World, question: Question) {
  const { by = [] } = question;
  const moments = peopleIn(world).flatMap(({ log }) =>
    log.map(({ event }) => event).filter((event) => isMoment(event) && inSpan(question, timeOf(event))),
  );
  const partOf = (event: (typeof moments)[number], name: string) =>
    name === 'actorTeam' ? ((event.data.actor as { readonly team?: string })?.team ?? '') : event.data[name];
  const keyOf = (event: (typeof moments)[number]) => by.map((name: string) => String(partOf(event, name)));
  const keys = new Map(moments.map((event) => [JSON.stringify(keyOf(event)), keyOf(event)]));
  if (by.length === 0) keys.set('[]', []);
  const rows = [...keys].map(([key, values]) => {
    const its = moments.filter((event) => JSON.stringify(keyOf(event)) === key);
    const ratingsOf = (name: string) => its.flatMap(({ data }) => rated(data.ratings?.[name]) ?? []);
    const whole = its.filter(
      ({ data }) => data.perception !== undefined && DIMENSIONS.every((name) => data.ratings?.[name] !== undefined),
    );
    const found =
      whole.length < 50
        ? null
        : relativeWeights(
            DIMENSIONS.map((name) => whole.map(({ data }) => rated(data.ratings![name])!)),
            whole.map(({ data }) => rated(data.perception)!),
          );
    return {
      ...Object.fromEntries(by.map((name: string, at: number) => [name, values[at]])),
      ratings: Object.fromEntries(DIMENSIONS.map((name) => [name, meanInterval(ratingsOf(name))])),
      ...{ n: whole.length, r2: found?.r2 ?? null },
      weights:
        found === null
          ? null
          : Object.fromEntries(
              DIMENSIONS.map((name, at) => [name, { raw: found.raw[at]!, share: found.raw[at]! / found.r2 }]),
            ),
    };
  });
  const inOrder = (a: Record<string, unknown>, b: Record<string, unknown>) =>
    by.reduce((order: number, name: string) => order || byText(String(a[name]), String(b[name])), 0);
  return { rows: rows.sort(inOrder) };
}

interface Place {
  readonly believed?: number;
  readonly standard?: number;
  readonly promised?: number;
  readonly targetMs?: number;
}

export function gaps(world: World, question: Question) {
  const definition = world.definitions[question.type];
  const places = (definition?.touchpoints ?? {}) as Readonly<Record<string, Place>>;
  const steps = (definition?.steps ?? []) as readonly string[];
  const events = peopleIn(world).flatMap(({ log }) => {
    const types = new Map<string, string>();
    for (const { event } of log) {
      const { journeyId, journeyType } = event.data;
      if (journeyId !== undefined && !types.has(journeyId)) types.set(journeyId, journeyType!);
    }
    return log
      .map(({ event }) => event)
      .filter(({ data }) => data.journeyId !== undefined && types.get(data.journeyId) === question.type)
      .filter((event) => isMoment(event) || nameOf(event) === 'feedback.given')
      .filter((event) => inSpan(question, timeOf(event)));
  });
  return {
    rows: [...new Set([...Object.keys(places), ...steps])].sort(byText).map((touchpoint) => {
      const { believed, standard, promised, targetMs } = places[touchpoint] ?? {};
      const here = events.filter(({ data }) => data.touchpoint === touchpoint);
      const told = here.flatMap(({ data }) => rated(data.expectation) ?? []);
      const done = here.filter(isMoment).map(({ data }) => {
        if (data.outcome === 'failed') return 1;
        if (data.outcome === 'abandoned') return 2;
        if (targetMs === undefined || data.durationMs === undefined) return standard ?? 0;
        return Math.min(5, Math.max(1, (standard ?? 0) + pace((data.durationMs as number) / targetMs)));
      });
      const felt = here
        .filter(({ data }) => data.expectation !== undefined && data.perception !== undefined)
        .map(({ data }) => rated(data.expectation)! - rated(data.perception)!);
      const gapOf = (values: readonly number[], of?: (value: number) => number) => {
        if (of === undefined || values.length === 0) return { gap: null, n: values.length, low: null, high: null };
        const { n, mean, low, high } = meanInterval(values.map(of));
        return { gap: mean, n, low, high };
      };
      const has = (...parts: (number | undefined)[]) => parts.every((part) => part !== undefined);
      return {
        touchpoint,
        gaps: {
          knowledge: gapOf(told, has(believed) ? (value) => value - believed! : undefined),
          policy: { gap: has(believed, standard) ? believed! - standard! : null },
          delivery: gapOf(done, has(standard) ? (value) => standard! - value : undefined),
          communication: gapOf(done, has(standard, promised) ? (value) => promised! - value : undefined),
          service: gapOf(felt, (value) => value),
        },
      };
    }),
  };
}

/** Straight lines through (0.5, 1), (1, 0) and (3, -2). */
function pace(ratio: number): number {
  if (ratio <= 0.5) return 1;
  if (ratio <= 1) return 2 - 2 * ratio;
  return ratio >= 3 ? -2 : 1 - ratio;
}
