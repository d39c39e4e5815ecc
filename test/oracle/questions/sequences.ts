import { createHash } from 'node:crypto';
import {
  byText,
  type Case,
  mean,
  type Question,
  quantile,
  rate,
  type Step,
  scoresOf,
  shown,
  type World,
} from './cases.ts';

interface Run {
  readonly label: string;
  readonly time: number;
}

const labelOf = (step: Step, { activity = ['touchpoint'] }: Question) =>
  (activity as (keyof Step)[]).map((part) => step[part]).join(' · ');

function runsOf(each: Case, question: Question): Run[] {
  const all = each.steps.map((step) => ({ label: labelOf(step, question), time: step.time }));
  return question.collapse === true ? all.filter(({ label }, at) => at === 0 || label !== all[at - 1]!.label) : all;
}

const countOf = <Item>(items: Iterable<Item>) => {
  const counts = new Map<Item, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return counts;
};

/** §3; scores of steps are the business of the measurement's own oracle, and left out. */
export function paths(cases: readonly Case[], question: Question) {
  const { nodesMax = 30 } = question;
  const inCases = countOf(cases.flatMap((each) => [...new Set(each.steps.map((step) => labelOf(step, question)))]));
  const ranked = [...inCases].sort(([a, n], [b, m]) => m - n || byText(a, b)).map(([label]) => label);
  const kept = new Set(ranked.slice(0, nodesMax));
  const folded = (label: string) => (kept.has(label) ? shown(label) : '(other)');
  const sequences = cases.map((each) => runsOf(each, question).map((run) => ({ ...run, label: folded(run.label) })));
  const names = [...ranked.slice(0, nodesMax).map(shown), ...(ranked.length > nodesMax ? ['(other)'] : [])];
  const nodes = names.map((label) => ({
    label,
    count: sequences.flat().filter((run) => run.label === label).length,
    journeys: sequences.filter((runs) => runs.some((run) => run.label === label)).length,
    failures: cases
      .flatMap(({ steps }) => steps)
      .filter((step) => folded(labelOf(step, question)) === label && step.outcome !== 'succeeded').length,
  }));
  const flows = sequences.map((runs, at) => {
    const end = cases[at]!.status === 'open' ? '(open)' : '(end)';
    const points = [{ label: '(start)', time: null }, ...runs, { label: end, time: null }];
    return points.slice(1).map((to, before) => {
      const from = points[before]!;
      return {
        key: JSON.stringify([from.label, to.label]),
        ms: from.time === null || to.time === null ? null : to.time - from.time,
      };
    });
  });
  const edges = [...countOf(flows.flat().map(({ key }) => key))].map(([key, count]) => {
    const [from, to] = JSON.parse(key) as [string, string];
    const gaps = flows.flat().flatMap((flow) => (flow.key === key && flow.ms !== null ? [flow.ms] : []));
    const journeys = flows.filter((flow) => flow.some((one) => one.key === key)).length;
    return { from, to, count, journeys, medianMs: quantile(gaps, 0.5) };
  });
  edges.sort((a, b) => b.count - a.count || byText(a.from, b.from) || byText(a.to, b.to));
  return { cases: cases.length, nodes, edges };
}

const lasted = ({ steps }: Case) => steps.at(-1)!.time - steps[0]!.time;

/** §4 */
export function variants({ definitions }: World, cases: readonly Case[], question: Question) {
  const bySequence = new Map<string, Case[]>();
  for (const each of cases) {
    const key = JSON.stringify(runsOf(each, question).map(({ label }) => label));
    bySequence.set(key, [...(bySequence.get(key) ?? []), each]);
  }
  const isDefault = JSON.stringify(question.activity ?? ['touchpoint']) === '["touchpoint"]' && !question.collapse;
  const items = [...bySequence].map(([key, its]) => {
    const labels = JSON.parse(key) as string[];
    const stepped = its.filter(({ type }) => (definitions[type]?.steps as unknown[] | undefined)?.length);
    const ended = its.filter(({ status }) => status !== 'open');
    const conforming = ended.filter((each) => {
      const { steps = [], allow = [] } = (definitions[each.type] ?? {}) as { steps?: string[]; allow?: Deviation[] };
      return steps.length > 0 && deviationsOf(each, steps, allow).length === 0;
    });
    return {
      all: labels,
      variant: isDefault ? createHash('sha256').update(labels.join('\n')).digest('hex').slice(0, 16) : null,
      labels: labels.slice(0, 100),
      length: labels.length,
      count: its.length,
      share: its.length / cases.length,
      medianMs: quantile(its.map(lasted), 0.5),
      meanScore: mean(scoresOf(its)),
      failures: its.filter(({ failures }) => failures > 0).length,
      ended: ended.length,
      conforming: stepped.length === 0 ? null : conforming.length,
    };
  });
  items.sort((a, b) => b.count - a.count || byLabels(a.all, b.all));
  const { limit = 50 } = question;
  return {
    cases: cases.length,
    variants: items.length,
    items: items.slice(0, limit).map(({ all: _, ...item }) => item),
  };
}

function byLabels(a: readonly string[], b: readonly string[]): number {
  for (const [at, label] of a.entries()) {
    if (at >= b.length) return 1;
    const order = byText(label, b[at]!);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

interface Deviation {
  readonly kind: string;
  readonly touchpoint: string;
}

/** §5 */
export function deviationsOf(each: Case, steps: readonly string[], allow: readonly Deviation[]): Deviation[] {
  const at = (touchpoint: string) => each.steps.findIndex((step) => step.touchpoint === touchpoint);
  const found: Deviation[] = [];
  for (const touchpoint of new Set(each.steps.map((step) => step.touchpoint))) {
    if (!steps.includes(touchpoint)) found.push({ kind: 'unexpected', touchpoint });
  }
  for (const [i, touchpoint] of steps.entries()) {
    const later = steps
      .slice(i + 1)
      .map(at)
      .filter((index) => index !== -1);
    if (each.steps.filter((step) => step.touchpoint === touchpoint).length > 1)
      found.push({ kind: 'repeated', touchpoint });
    if (at(touchpoint) === -1) {
      if (each.status !== 'open' || later.length > 0) found.push({ kind: 'missing', touchpoint });
    } else if (later.some((index) => index < at(touchpoint))) found.push({ kind: 'out-of-order', touchpoint });
  }
  return found.filter(
    ({ kind, touchpoint }) => !allow.some((one) => one.kind === kind && one.touchpoint === touchpoint),
  );
}

/** §5; the effect is left to the tests of the statistics. */
export function conformance({ definitions }: World, cases: readonly Case[], question: Question) {
  const definition = definitions[question.where.type] as { steps?: string[]; allow?: Deviation[] } | undefined;
  const steps = question.steps ?? definition?.steps ?? [];
  if (steps.length === 0) return { error: 'no_steps' };
  const looked = cases.filter(({ status }) => question.includeOpen === true || status !== 'open');
  const allow = [...(question.allow ?? []), ...(definition?.allow ?? [])];
  const deviating = looked.map((each) => ({
    each,
    keys: deviationsOf(each, steps, allow).map((one) => JSON.stringify(one)),
  }));
  const side = (its: readonly Case[]) => ({ medianMs: quantile(its.map(lasted), 0.5), meanScore: mean(scoresOf(its)) });
  const deviations = [...countOf(deviating.flatMap(({ keys }) => keys))].map(([key, count]) => {
    const withIt = deviating.filter(({ keys }) => keys.includes(key)).map(({ each }) => each);
    const without = deviating.filter(({ keys }) => !keys.includes(key)).map(({ each }) => each);
    const { kind, touchpoint } = JSON.parse(key) as Deviation;
    return { kind, touchpoint, cases: count, share: count / looked.length, with: side(withIt), without: side(without) };
  });
  deviations.sort((a, b) => b.cases - a.cases || byText(a.kind, b.kind) || byText(a.touchpoint, b.touchpoint));
  const conforming = deviating.filter(({ keys }) => keys.length === 0).length;
  return {
    cases: looked.length,
    open: cases.length - looked.length,
    conforming: rate(conforming, looked.length),
    deviations,
  };
}
