import { nameOf, timeOf } from '../published-event.ts';
import { byText, mean, type Question, rate, type World } from './cases.ts';
import { complaintsOf, DAY, isMoment, type Person, peopleIn, promisesOf, purchasesOf, standingOf } from './people.ts';

/** §§10 and 11: customers over time and the worklist, written apart from the product. */

const STAGES = ['none', 'cognitive', 'affective', 'behavioural'] as const;
const EPSILON = 1e-9;

const monthBegin = (time: number, months = 0) => {
  const date = new Date(time);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months);
};
/** 1970-01-05 was a Monday. */
const weekBegin = (time: number, weeks = 0) =>
  Math.floor((time - 4 * DAY) / (7 * DAY)) * 7 * DAY + (4 + 7 * weeks) * DAY;
const begin = (length: string, time: number, more = 0) =>
  length === '1M'
    ? monthBegin(time, more)
    : length === '1w'
      ? weekBegin(time, more)
      : Math.floor(time / DAY) * DAY + more * DAY;

/** The begins of the buckets in [from, to), brought to their borders. */
export function bucketsIn(length: string, from: number, to: number): number[] {
  const all: number[] = [];
  for (let at = begin(length, from); at < to; at = begin(length, at, 1)) all.push(at);
  return all;
}
export const bucketEnd = (length: string, start: number) => begin(length, start, 1);
export const iso = (time: number) => new Date(time).toISOString();

export const inSpan = ({ from, to }: Question, time: number) =>
  (from === undefined || time >= Date.parse(from)) && (to === undefined || time < Date.parse(to));

export function stages(world: World, question: Question) {
  const people = peopleIn(world);
  const first =
    question.from === undefined ? Math.min(...people.map(({ firstAt }) => firstAt)) : Date.parse(question.from);
  const last = Math.min(question.to === undefined ? world.now + 1 : Date.parse(question.to), world.now + 1);
  const buckets = bucketsIn(question.bucket, first, last).map((start) => {
    const end = bucketEnd(question.bucket, start);
    const isOpen = end > world.now;
    const counts = { none: 0, cognitive: 0, affective: 0, behavioural: 0 };
    for (const { firstAt, measured } of people) {
      if (!isOpen && firstAt >= end) continue;
      counts[measured.history.findLast(({ at }) => (isOpen ? at <= world.now : at < end))?.to ?? 'none']++;
    }
    return { start: iso(start), end: iso(end), isOpen, ...counts };
  });
  return { buckets };
}

export function transitions(world: World, question: Question) {
  const rows = new Map<string, { from: string; to: string; because: string; changes: number; who: Set<string> }>();
  for (const { id, measured } of peopleIn(world)) {
    for (const { from, to, because } of measured.history.filter(({ at }) => inSpan(question, at))) {
      const key = JSON.stringify([from, to, because]);
      const row = rows.get(key) ?? { from, to, because, changes: 0, who: new Set() };
      row.changes++;
      row.who.add(id);
      rows.set(key, row);
    }
  }
  return {
    rows: [...rows.values()]
      .map(({ who, ...row }) => ({ ...row, customers: who.size }))
      .sort(
        (a, b) => b.changes - a.changes || byText(a.from, b.from) || byText(a.to, b.to) || byText(a.because, b.because),
      ),
  };
}

export function retention(world: World, question: Question) {
  const { cohort: length, event, atLeast = 1 } = question;
  const people = peopleIn(world);
  const firsts = people.map(({ firstAt }) => firstAt);
  const from = question.from === undefined ? Math.min(...firsts) : Date.parse(question.from);
  const to = question.to === undefined ? Math.max(...firsts) + 1 : Date.parse(question.to);
  const isCounted = (person: Person, start: number) =>
    person.log.filter(
      ({ event: each }) =>
        (event === 'moment' ? isMoment(each) : nameOf(each) === 'purchase.made') &&
        begin(length, timeOf(each)) === start,
    ).length >= atLeast;
  const cohorts = bucketsIn(length, from, to).map((start) => {
    const members = people.filter(({ firstAt }) => begin(length, firstAt) === start);
    const periods = bucketsIn(length, start, world.now + 1).map((period, k) => {
      const customers = members.filter((person) => isCounted(person, period)).length;
      const share = members.length === 0 ? null : customers / members.length;
      return { k, customers, share, isOpen: bucketEnd(length, period) > world.now };
    });
    return { start: iso(start), size: members.length, periods };
  });
  return { cohorts };
}

const isDissatisfied = ({ measured }: Person) =>
  measured.satisfaction !== null && measured.satisfaction <= 60 - EPSILON;

function isSilent(world: World, person: Person): boolean {
  const recent = (time: number) => time > world.now - 90 * DAY && time <= world.now;
  return (
    isDissatisfied(person) &&
    person.lastMoment !== null &&
    recent(person.lastMoment) &&
    !complaintsOf(person).some(({ raisedAt }) => recent(raisedAt))
  );
}

interface Bought {
  readonly person: Person;
  readonly amount: number;
}

function tiered(world: World, { currency, from, to }: Question): { currency: string | null; tiers: Bought[][] } {
  const [start, end] = [
    from === undefined ? world.now - 365 * DAY : Date.parse(from),
    to === undefined ? world.now : Date.parse(to),
  ];
  const people = peopleIn(world);
  const inPeriod = (person: Person) => purchasesOf(person).filter(({ at }) => at >= start && at < end);
  const counts = new Map<string, number>();
  for (const person of people) {
    for (const { currency: each } of inPeriod(person)) counts.set(each, (counts.get(each) ?? 0) + 1);
  }
  const most = [...counts].sort(([a, n], [b, m]) => m - n || byText(a, b))[0]?.[0];
  const meant: string | null = currency ?? most ?? null;
  const all = people
    .map((person) => ({ person, its: inPeriod(person).filter((each) => each.currency === meant) }))
    .filter(({ its }) => its.length > 0)
    .map(({ person, its }) => ({ person, amount: its.reduce((sum, { amount }) => sum + amount, 0) }))
    .sort((a, b) => b.amount - a.amount || byText(a.person.id, b.person.id));
  const total = all.reduce((sum, { amount }) => sum + amount, 0);
  const tiers: Bought[][] = [[], [], []];
  let before = 0;
  for (const each of all) {
    tiers[before < 0.8 * total ? 0 : before < 0.95 * total ? 1 : 2]!.push(each);
    before += each.amount;
  }
  return { currency: meant, tiers };
}

export function tiers(world: World, question: Question) {
  const { currency, tiers: groups } = tiered(world, question);
  if (currency === null) return { currency, total: 0, tiers: [] };
  const sum = (group: readonly Bought[]) => group.reduce((total, { amount }) => total + amount, 0);
  const all = groups.flat();
  const isOpen = (person: Person) => complaintsOf(person).some(({ resolvedAt }) => resolvedAt === undefined);
  return {
    ...{ currency, total: sum(all) },
    tiers: groups.map((group, at) => ({
      tier: 'ABC'[at],
      customers: group.length,
      share: all.length === 0 ? null : group.length / all.length,
      amount: sum(group),
      amountShare: sum(all) === 0 ? null : sum(group) / sum(all),
      stages: Object.fromEntries(
        STAGES.map((stage) => [stage, group.filter(({ person }) => person.measured.stage === stage).length]),
      ),
      meanSatisfaction: mean(group.flatMap(({ person }) => person.measured.satisfaction ?? [])),
      atRisk: group.filter(({ person }) => person.measured.quietlyLeaving || isDissatisfied(person) || isOpen(person))
        .length,
    })),
  };
}

export function silent(world: World) {
  const items = peopleIn(world)
    .filter((person) => isSilent(world, person))
    .map(({ id, measured }) => ({ customerId: id, satisfaction: measured.satisfaction! }));
  return {
    items: items.sort((a, b) => a.satisfaction - b.satisfaction || byText(a.customerId, b.customerId)),
    nextCursor: null,
  };
}

const isDown = ({ from, to }: { readonly from: string; readonly to: string }) =>
  STAGES.indexOf(to as never) < STAGES.indexOf(from as never);

export function leavers(world: World, question: Question) {
  const left = peopleIn(world).flatMap(
    ({ measured }) =>
      measured.history.findLast(
        (move) =>
          isDown(move) &&
          ['idle', 'no-purchase', 'relationship-ended'].includes(move.because) &&
          inSpan(question, move.at),
      ) ?? [],
  );
  const satisfied = left.filter(({ satisfaction }) => satisfaction > 70 - EPSILON).length;
  return { customers: left.length, satisfied: rate(satisfied, left.length) };
}

const REASONS = [
  'critical-failure',
  'complaint-open',
  'promise-broken',
  'stage-lost',
  'quietly-leaving',
  'silent',
  'complaint-old',
];

export function worklist(world: World, question: Question) {
  const { now } = world;
  const inTheLast = (days: number, time: number) => time > now - days * DAY && time <= now;
  const { tiers: groups, currency } = tiered(world, { currency: question.currency });
  const all = peopleIn(world).flatMap((person) => {
    const { measured, lastMoment } = person;
    const reasons: { reason: string; since: number; id: string }[] = [];
    const add = (reason: string, since: number, id = '') => reasons.push({ reason, since, id });
    for (const { at, journeyId } of standingOf(person, world.definitions)) {
      if (at > now - 90 * DAY) add('critical-failure', at, journeyId);
    }
    for (const { raisedAt, resolvedAt, id } of complaintsOf(person)) {
      if (resolvedAt !== undefined) continue;
      if (inTheLast(30, raisedAt)) add('complaint-open', raisedAt, id);
      if (raisedAt <= now - 30 * DAY) add('complaint-old', raisedAt, id);
    }
    for (const { state, dueAt, id } of promisesOf(person, world.definitions)) {
      if (state === 'broken' && inTheLast(14, dueAt)) add('promise-broken', dueAt, id);
    }
    const lost = measured.history
      .filter((move) => isDown(move) && inTheLast(14, move.at))
      .filter(({ because }) =>
        ['critical-failure', 'satisfaction-low', 'complaint-open', 'incidents'].includes(because),
      );
    if (lost.length > 0) add('stage-lost', Math.max(...lost.map(({ at }) => at)));
    if (measured.quietlyLeaving) add('quietly-leaving', lastMoment!);
    if (isSilent(world, person)) add('silent', lastMoment!);
    reasons.sort(
      (a, b) => REASONS.indexOf(a.reason) - REASONS.indexOf(b.reason) || a.since - b.since || byText(a.id, b.id),
    );
    const latest = person.log
      .filter(({ event }) => isMoment(event))
      .sort((a, b) => timeOf(a.event) - timeOf(b.event) || a.position - b.position)
      .at(-1);
    const team = ((latest?.event.data.actor ?? {}) as { readonly team?: string }).team ?? '';
    const tier = 'ABC'[groups.findIndex((group) => group.some((each) => each.person.id === person.id))];
    const value = purchasesOf(person)
      .filter((each) => each.currency === currency && inTheLast(365, each.at))
      .reduce((sum, { amount }) => sum + amount, 0);
    return reasons.length === 0 ? [] : [{ person, reasons, team, tier, value }];
  });
  const wanted = all.filter(
    ({ person, team, tier }) =>
      (question.stage === undefined || person.measured.stage === question.stage) &&
      (question.team === undefined || team === question.team) &&
      (question.tier === undefined || tier === question.tier),
  );
  const has = (reason: string) => (each: (typeof all)[number]) => each.reasons.some((one) => one.reason === reason);
  const urgency = ({ reasons }: (typeof all)[number]) => REASONS.indexOf(reasons[0]!.reason);
  const items = wanted
    .filter((each) => question.reason === undefined || has(question.reason)(each))
    .sort(
      (a, b) =>
        urgency(a) - urgency(b) ||
        b.value - a.value ||
        a.reasons[0]!.since - b.reasons[0]!.since ||
        byText(a.person.id, b.person.id),
    )
    .map(({ person, reasons, value }) => ({
      ...{ customerId: person.id, value, stage: person.measured.stage, satisfaction: person.measured.satisfaction },
      reasons: reasons.map(({ reason, since }) => ({ reason, since: iso(since) })),
    }));
  return { items, counts: Object.fromEntries(REASONS.map((reason) => [reason, wanted.filter(has(reason)).length])) };
}
