import { measure } from '../measure.ts';
import {
  customerOf,
  type Definition,
  nameOf,
  type PublishedEvent,
  timeOf,
  withoutRepeats,
} from '../published-event.ts';

/**
 * A second, independent implementation of the questions about many journeys: plain loops over plain
 * values, to check the product's SQL against the text.
 */

/** A published event with its place in the log and the time at which it was stored, ms. */
export interface LoggedEvent {
  readonly event: PublishedEvent;
  readonly position: number;
  readonly recordedAt: number;
}

export interface World {
  readonly log: readonly LoggedEvent[];
  readonly definitions: Readonly<Record<string, Definition>>;
  /** The product's now, ms. */
  readonly now: number;
}

export interface Step {
  readonly time: number;
  readonly touchpoint: string;
  readonly channel: string;
  readonly outcome: string;
  readonly team: string;
  readonly site: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface Case {
  readonly customerId: string;
  readonly journeyId: string;
  readonly type: string;
  readonly status: string;
  readonly startedAt: number;
  readonly score: number | null;
  readonly level: string | null;
  readonly stage: string | null;
  readonly failures: number;
  readonly isBroken: boolean;
  readonly isComplained: boolean;
  readonly attributes: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

// biome-ignore lint/suspicious/noExplicitAny: questions are plain JSON here.
export type Question = Readonly<Record<string, any>>;

const DAY = 86_400_000;
const EPSILON = 1e-9;

/** §1: what the question calls now. */
export function nowFor({ now }: World, { asOf, knownAt }: Question): number {
  return Math.min(now, ...[asOf, knownAt].filter((time) => time !== undefined).map(Date.parse));
}

/** The selected cases. */
export function casesFor(world: World, question: Question, durationMs: (text: string) => number): Case[] {
  const now = nowFor(world, question);
  return casesNow(world, question).filter((each) => isSelected(each, question.where ?? {}, now, durationMs));
}

/** The cases as they stand now are worked out once. */
function casesNow(world: World, question: Question): readonly Case[] {
  if (question.asOf !== undefined || question.knownAt !== undefined) return casesOf(world, question);
  const known = worlds.get(world) ?? casesOf(world, question);
  worlds.set(world, known);
  return known;
}
const worlds = new WeakMap<World, readonly Case[]>();

function casesOf(world: World, question: Question): Case[] {
  const isPast = question.asOf !== undefined || question.knownAt !== undefined;
  const now = nowFor(world, question);
  const customers = new Map<string, LoggedEvent[]>();
  const seen = new Set<string>();
  for (const logged of world.log) {
    const { event } = logged;
    const identity = JSON.stringify([customerOf(event), event.source, event.id]);
    if (seen.has(identity)) continue;
    seen.add(identity);
    const customer = customerOf(event);
    customers.set(customer, [...(customers.get(customer) ?? []), logged]);
  }
  return [...customers].flatMap(([customerId, all]) => {
    const types = new Map<string, string>();
    for (const { event } of all) {
      const { journeyId, journeyType } = event.data;
      if (journeyId !== undefined && !types.has(journeyId)) types.set(journeyId, journeyType!);
    }
    const present = isPast
      ? undefined
      : measure(
          withoutRepeats(all.map(({ event }) => ({ ...event, subject: customerId }))),
          world.definitions,
          world.now,
        );
    return [...types].flatMap(([journeyId, type]) => {
      const events = all.filter(
        ({ event, recordedAt }) =>
          event.data.journeyId === journeyId &&
          timeOf(event) <= Date.parse(question.asOf ?? '9999-01-01T00:00:00Z') &&
          recordedAt <= Date.parse(question.knownAt ?? '9999-01-01T00:00:00Z'),
      );
      const moments = events.filter(({ event }) => nameOf(event) === 'moment.recorded');
      if (moments.length === 0) return [];
      const measured = present?.journeys.get(journeyId);
      const attributes: Record<string, string> = {};
      for (const { event } of events) {
        for (const [name, value] of Object.entries((event.data.attributes ?? {}) as object))
          attributes[name] = String(value);
      }
      const steps = [...moments]
        .sort((a, b) => timeOf(a.event) - timeOf(b.event) || a.position - b.position)
        .map(({ event }) => stepOf(event));
      return [
        {
          customerId,
          journeyId,
          type,
          status: measured?.status ?? pastStatus(events, world.definitions[type], now),
          startedAt: Math.min(...events.map(({ event }) => timeOf(event))),
          score: measured?.score ?? null,
          level: measured?.level ?? null,
          stage: present?.stage ?? null,
          failures: steps.filter(({ outcome }) => outcome !== 'succeeded').length,
          isBroken: (measured?.brokenPromises ?? 0) > 0,
          isComplained: present?.complaints.some((complaint) => complaint.journeyId === journeyId) ?? false,
          attributes,
          steps,
        },
      ];
    });
  });
}

function stepOf(event: PublishedEvent): Step {
  const { touchpoint = '', channel = '', outcome = '', attributes = {} } = event.data;
  const { team = '', site = '' } = (event.data.actor ?? {}) as { team?: string; site?: string };
  const texts = Object.entries(attributes as object).map(([name, value]) => [name, String(value)]);
  return { time: timeOf(event), touchpoint, channel, outcome, team, site, attributes: Object.fromEntries(texts) };
}

function pastStatus(events: readonly LoggedEvent[], definition: Definition | undefined, now: number): string {
  const completes = ({ event }: LoggedEvent) =>
    nameOf(event) === 'journey.completed' ||
    (nameOf(event) === 'moment.recorded' &&
      event.data.outcome === 'succeeded' &&
      (definition?.completesOn ?? []).includes(event.data.touchpoint!));
  if (events.some(completes)) return 'completed';
  if (nameOf(events.at(-1)!.event) === 'journey.abandoned') return 'abandoned';
  const last = Math.max(...events.map(({ event }) => timeOf(event)));
  return last + (definition?.abandonAfterDays ?? 30) * DAY < now ? 'abandoned' : 'open';
}

function isSelected(each: Case, where: Question, now: number, durationMs: (text: string) => number): boolean {
  const some = (part: 'touchpoint' | 'channel' | 'team' | 'site') =>
    where[part] === undefined || each.steps.some((step) => step[part] === where[part]);
  const last = each.steps.at(-1)!;
  return (
    [where.type, each.type, where.status, each.status, where.customerId, each.customerId].every(
      (value, at, all) => at % 2 === 1 || value === undefined || value === all[at + 1],
    ) &&
    (where.from === undefined || each.startedAt >= Date.parse(where.from)) &&
    (where.to === undefined || each.startedAt < Date.parse(where.to)) &&
    (where.minScore === undefined || (each.score !== null && each.score > where.minScore - EPSILON)) &&
    (where.maxScore === undefined || (each.score !== null && each.score <= where.maxScore + EPSILON)) &&
    (where.level === undefined || each.level === where.level) &&
    (where.stage === undefined || each.stage === where.stage) &&
    some('touchpoint') &&
    some('channel') &&
    some('team') &&
    some('site') &&
    Object.entries(where.attributes ?? {}).every(([name, value]) => each.attributes[name] === String(value)) &&
    (where.hasFailure === undefined || where.hasFailure === each.failures > 0) &&
    (where.hasBrokenPromise === undefined || where.hasBrokenPromise === each.isBroken) &&
    (where.hasComplaint === undefined || where.hasComplaint === each.isComplained) &&
    (where.stuckAt === undefined ||
      (each.status === 'open' && last.touchpoint === where.stuckAt && now - last.time >= durationMs(where.idleFor)))
  );
}

export function matches(step: Step, matcher: string | Question): boolean {
  if (typeof matcher === 'string') return step.touchpoint === matcher;
  const { attributes = {}, ...parts } = matcher;
  return (
    Object.entries(parts).every(([part, value]) => step[part as keyof Step] === value) &&
    Object.entries(attributes).every(([name, value]) => step.attributes[name] === String(value))
  );
}

/** §2, §6: the value of a breakdown, of a step or of the journey. */
export function breakdownValue(each: Case, step: Step, breakdown: string | undefined): string | null {
  if (breakdown === undefined) return null;
  if (breakdown === 'channel' || breakdown === 'team' || breakdown === 'site') return step[breakdown];
  if (breakdown === 'type') return each.type;
  if (breakdown === 'stage') return each.stage;
  return each.attributes[breakdown.slice('attribute.'.length)] ?? '';
}

/** Text order is that of UTF-8 bytes. */
export const byText = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** Names of ours are shown in doubled parentheses. */
export const shown = (name: string) => (/^(\(+)(start|end|open|other)(\)+)$/.test(name) ? `(${name})` : name);

/** Quantile of type 7. */
export function quantile(values: readonly number[], q: number): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const at = q * (sorted.length - 1);
  const below = sorted[Math.floor(at)]!;
  return below + (at - Math.floor(at)) * (sorted[Math.ceil(at)]! - below);
}

export function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

export const scoresOf = (cases: readonly Case[]) => cases.flatMap(({ score }) => (score === null ? [] : [score]));

export function rate(k: number, n: number) {
  if (n === 0) return { n, k, rate: null, low: null, high: null };
  const z = 1.959964;
  const p = k / n;
  const middle = (p + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n))) / (1 + (z * z) / n);
  return { n, k, rate: p, low: k === 0 ? 0 : middle - half, high: k === n ? 1 : middle + half };
}

/** Groups beyond the most are one, at the end. */
export function grouped<Item>(
  items: readonly Item[],
  valueOfItem: (item: Item) => string | null,
  groupsMax = 10,
): { readonly value: string | null; readonly items: readonly Item[] }[] {
  const groups = new Map<string | null, Item[]>();
  for (const item of items) groups.set(valueOfItem(item), [...(groups.get(valueOfItem(item)) ?? []), item]);
  const inOrder = [...groups].sort(([a, one], [b, other]) => other.length - one.length || byText(a ?? '', b ?? ''));
  const listed = inOrder.slice(0, groupsMax).map(([value, its]) => {
    return { value: value === null ? null : shown(value), items: its };
  });
  const rest = inOrder.slice(groupsMax).flatMap(([, its]) => its);
  return rest.length === 0 ? listed : [...listed, { value: '(other)', items: rest }];
}
