import {
  breakdownValue,
  type Case,
  grouped,
  matches,
  mean,
  nowFor,
  type Question,
  quantile,
  rate,
  scoresOf,
  type World,
} from './cases.ts';

type Ms = (text: string) => number;

/** A case with its longest chain and whether it may still go on. */
interface Way {
  readonly of: Case;
  readonly chain: readonly number[];
  readonly isOpen: boolean;
  readonly value: string | null;
}

function wayOf(each: Case, question: Question, now: number, ms: Ms): Way | undefined {
  const { steps, order = 'eventual', exclude = [] } = question;
  const within = question.within === undefined ? Infinity : ms(question.within);
  const x = each.steps;
  const isExcluded = (at: number) => order === 'eventual' && exclude.some((one: string) => matches(x[at]!, one));
  const chains: number[][] = [];
  for (let i = 0; i < x.length; i++) {
    if (!matches(x[i]!, steps[0])) continue;
    const chain = [i];
    while (chain.length < steps.length) {
      let next = chain.at(-1)! + 1;
      if (order === 'eventual') while (next < x.length && !matches(x[next]!, steps[chain.length])) next++;
      if (next >= x.length || !matches(x[next]!, steps[chain.length])) break;
      if (x[next]!.time - x[i]!.time > within) break;
      let isBlocked = false;
      for (let between = chain.at(-1)! + 1; between < next; between++) isBlocked ||= isExcluded(between);
      if (isBlocked) break;
      chain.push(next);
    }
    chains.push(chain);
  }
  if (chains.length === 0) return undefined;
  const longest = chains.reduce((best, chain) => (chain.length > best.length ? chain : best));
  const canGoOn = (chain: readonly number[]) => {
    if (chain.length >= steps.length || each.status !== 'open' || now - x[chain[0]!]!.time > within) return false;
    const last = chain.at(-1)!;
    if (order === 'strict') return last === x.length - 1;
    return !x.some((_, at) => at > last && isExcluded(at));
  };
  return {
    of: each,
    chain: longest,
    isOpen: longest.length < steps.length && chains.some(canGoOn),
    value: breakdownValue(each, x[longest[0]!]!, question.breakdown),
  };
}

/** §2 */
export function funnel(world: World, cases: readonly Case[], question: Question, ms: Ms) {
  const now = nowFor(world, question);
  const ways = cases.flatMap((each) => wayOf(each, question, now, ms) ?? []);
  const groups =
    question.breakdown === undefined
      ? [{ value: null, items: ways }]
      : grouped(ways, ({ value }) => value, question.groupsMax);
  return { groups: groups.map(({ value, items }) => ({ value, steps: stepsOf(items, question, now, ms) })) };
}

function stepsOf(ways: readonly Way[], question: Question, now: number, ms: Ms) {
  const { steps } = question;
  return steps.map((step: string | Question, at: number) => {
    const reached = (j: number) => ways.filter(({ chain }) => chain.length >= j);
    const [here, next] = [reached(at + 1), reached(at + 2)];
    const isLast = at === steps.length - 1;
    const converted = isLast ? here.length : next.length;
    const open = here.filter(({ chain, isOpen }) => chain.length === at + 1 && isOpen).length;
    const dropped = here.length - converted - open;
    const isOld = ({ of, chain }: Way) => of.steps[chain[0]!]!.time <= now - ms(question.within);
    return {
      touchpoint: typeof step === 'string' ? step : step.touchpoint,
      ...{ journeys: here.length, converted, open, dropped },
      conversion: isLast
        ? null
        : question.within === undefined
          ? rate(converted, converted + dropped)
          : rate(next.filter(isOld).length, here.filter(isOld).length),
      share: ways.length === 0 ? null : here.length / ways.length,
      medianMsFromPrevious:
        at === 0
          ? null
          : quantile(
              here.map(({ of, chain }) => of.steps[chain[at]!]!.time - of.steps[chain[at - 1]!]!.time),
              0.5,
            ),
      meanScore: mean(scoresOf(here.map(({ of }) => of))),
    };
  });
}

/** §6 */
export function durations(world: World, cases: readonly Case[], question: Question) {
  const now = nowFor(world, question);
  const waits = cases.flatMap((each) => {
    const from = each.steps.findIndex((step) => matches(step, question.from));
    if (from === -1) return [];
    const begin = each.steps[from]!;
    const end = each.steps.find((step, at) => at > from && matches(step, question.to));
    const value = breakdownValue(each, begin, question.breakdown);
    const state = end !== undefined ? 'arrived' : each.status === 'open' ? 'open' : 'never';
    return [{ value, state, ms: (end?.time ?? now) - begin.time }];
  });
  const groups =
    question.breakdown === undefined
      ? [{ value: null, items: waits }]
      : grouped(waits, ({ value }) => value, question.groupsMax);
  return {
    groups: groups.map(({ value, items }) => {
      const arrived = items.filter(({ state }) => state === 'arrived').map(({ ms }) => ms);
      const open = items.filter(({ state }) => state === 'open').map(({ ms }) => ms);
      const edges = question.edgesMs === undefined ? undefined : [0, ...question.edgesMs];
      const levels = { p10: 0.1, p25: 0.25, p50: 0.5, p75: 0.75, p90: 0.9, p99: 0.99 };
      return {
        value,
        ...{ cases: items.length, arrived: arrived.length, open: open.length },
        never: items.length - arrived.length - open.length,
        meanMs: mean(arrived),
        quantilesMs: Object.fromEntries(Object.entries(levels).map(([name, q]) => [name, quantile(arrived, q)])),
        medianMsWithOpen: kaplanMeier(arrived, open),
        histogram:
          edges?.map((fromMs, at) => {
            const toMs = edges[at + 1] ?? null;
            const count = arrived.filter((ms) => ms >= fromMs && (toMs === null || ms < toMs)).length;
            return { fromMs, toMs, cases: count };
          }) ?? null,
      };
    }),
  };
}

/** The first time at which at most half are left; ends come before cut-offs of the same time. */
function kaplanMeier(ended: readonly number[], cutOff: readonly number[]): number | null {
  let survival = 1;
  for (const time of [...new Set(ended)].sort((a, b) => a - b)) {
    const atRisk = [...ended, ...cutOff].filter((each) => each >= time).length;
    survival *= 1 - ended.filter((each) => each === time).length / atRisk;
    if (survival <= 0.5 + 1e-12) return time;
  }
  return null;
}
