import type { Where } from '@touchstone/api';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '@touchstone/api/vocabulary';
import { serverTime } from '../data/server-time.ts';
import { type Address, writeAddress } from './address.ts';

/** Filters of `where` by one value each, in the names of questions.md; attributes stand beside. */
export const filterNames = [
  'type',
  'status',
  'touchpoint',
  'channel',
  'team',
  'site',
  'stage',
  'level',
  'minScore',
  'maxScore',
  'hasFailure',
  'hasBrokenPromise',
  'hasComplaint',
  'customerId',
  'variant',
  'stuckAt',
  'idleFor',
] as const satisfies readonly (keyof Where)[];
export type FilterName = (typeof filterNames)[number] | `attribute.${string}`;

/** Names of an address that are no filter and go along from page to page. */
const viewNames = ['last', 'from', 'to', 'timeZone', 'compare'] as const;

/** The filters that the questions of a page take. `attribute` stands for all of them. */
export type Taken = readonly ((typeof filterNames)[number] | 'attribute' | 'period' | 'compare')[];
export const wholeWhere: Taken = [...filterNames, 'attribute', 'period'];

const isFilter = (name: string): name is FilterName =>
  (filterNames as readonly string[]).includes(name) || name.startsWith('attribute.');

export interface Filter {
  readonly name: FilterName;
  readonly value: string;
}

/** The filters of an address, known names first. */
export function filtersIn(address: Address): readonly Filter[] {
  const place = ({ name }: Filter): number => {
    const at = (filterNames as readonly string[]).indexOf(name);
    return at < 0 ? filterNames.length : at;
  };
  return Object.entries(address)
    .flatMap(([name, value]) => (isFilter(name) ? [{ name, value }] : []))
    .sort((a, b) => place(a) - place(b));
}

export function isTaken(name: FilterName, taken: Taken): boolean {
  const known = name.startsWith('attribute.') ? 'attribute' : name;
  return (taken as readonly string[]).includes(known);
}

/** The part of an address that goes along to another page: filters, period, zone, comparison. */
export function carried(address: Address): Address {
  const goes = (name: string): boolean => isFilter(name) || (viewNames as readonly string[]).includes(name);
  return Object.fromEntries(Object.entries(address).filter(([name]) => goes(name)));
}

/** Values to put into an address; undefined takes a name out. */
export type Changes = Readonly<Record<string, string | undefined>>;

/** Takes out the filters that a question did not take, so that a figure opens as many. */
export const untaken = (address: Address, taken: Taken): Changes =>
  Object.fromEntries(filtersIn(address).flatMap(({ name }) => (isTaken(name, taken) ? [] : [[name, undefined]])));

export function changed(address: Address, changes: Changes): Address {
  const entries = Object.entries({ ...address, ...changes }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Address;
}

/** The filters as parameters of a GET question that takes some of them. */
export function parametersOf(address: Address, taken: Taken): Record<string, string> {
  return Object.fromEntries(
    filtersIn(address)
      .filter(({ name }) => isTaken(name, taken))
      .map(({ name, value }) => [name, value]),
  );
}

export interface Period {
  /** ISO 8601 duration back from now, `all`, or null for a span of dates. */
  readonly last: string | null;
  readonly from: string | null;
  readonly to: string | null;
  /** The period before, of the same length; null without a begin. */
  readonly before: { readonly from: string; readonly to: string } | null;
}

export const lastChoices = ['P1D', 'P7D', 'P30D', 'P90D', 'all'] as const;
export const DEFAULT_LAST = 'P7D';

const iso = (ms: number): string => new Date(ms).toISOString();

/** Milliseconds of a duration of whole days or hours, as this page writes them. */
export function durationMs(text: string): number | null {
  const match = /^P(?:(\d+)D)?(?:T(\d+)H)?$/.exec(text);
  if (match === null || text === 'P') return null;
  const ms = Number(match[1] ?? 0) * DAY_MS + Number(match[2] ?? 0) * HOUR_MS;
  return ms > 0 ? ms : null;
}

/**
 * The period that an address means at `now`. One back from now ends with the present minute, so
 * that a refresh within it asks the same; an unreadable one counts as the default.
 */
export function periodIn(address: Address, now: string): Period {
  const from = instantIn(address.from);
  const to = instantIn(address.to);
  if (from !== null || to !== null) {
    const end = to ?? Date.parse(now);
    const before = from === null || end <= from ? null : { from: iso(from - (end - from)), to: iso(from) };
    return { last: null, from: from === null ? null : iso(from), to: to === null ? null : iso(to), before };
  }
  if (address.last === 'all') return { last: 'all', from: null, to: null, before: null };
  const asked = address.last ?? DEFAULT_LAST;
  const last = durationMs(asked) === null ? DEFAULT_LAST : asked;
  const length = durationMs(last) ?? 7 * DAY_MS;
  const end = (Math.floor(Date.parse(now) / MINUTE_MS) + 1) * MINUTE_MS;
  const begin = end - length;
  return { last, from: iso(begin), to: iso(end), before: { from: iso(begin - length), to: iso(begin) } };
}

function instantIn(text: string | undefined): number | null {
  const ms = Date.parse(text ?? '');
  return Number.isNaN(ms) ? null : ms;
}

/** A span as the parameters `from` and `to`, or under other names. */
export function spanParameters(
  { from, to }: { readonly from: string | null; readonly to: string | null },
  names: readonly [string, string] = ['from', 'to'],
): Record<string, string> {
  return { ...(from === null ? {} : { [names[0]]: from }), ...(to === null ? {} : { [names[1]]: to }) };
}

/** The bucket in which a period is drawn: fine enough to see, coarse enough to read. */
export function bucketOf({ from, to }: Period): '1h' | '1d' | '1w' {
  if (from === null) return '1w';
  const days = ((to === null ? serverTime() : Date.parse(to)) - Date.parse(from)) / DAY_MS;
  return days <= 2 ? '1h' : days <= 45 ? '1d' : '1w';
}

/** A path of the API with its parameters. */
export function pathOf(path: `/v1/${string}`, parameters: Readonly<Record<string, unknown>> = {}): string {
  return `${path}${writeAddress(parameters)}`;
}
