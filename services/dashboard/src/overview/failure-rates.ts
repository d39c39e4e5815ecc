/** Rates as the page asks for them: split by touchpoint, perhaps by channel too. */
export interface TouchpointRates {
  readonly rows: readonly TouchpointRate[];
}

export interface TouchpointRate {
  readonly touchpoint: string;
  readonly channel?: string;
  readonly moments: number;
  readonly failures: number;
  /** 0..1, with its Wilson 95 % interval; null without moments. */
  readonly rate: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

export type Order = 'rate' | 'moments';

/**
 * Worst (or busiest) first; among equals the one with more data. Rows without a rate come last,
 * followed by the row for unlisted ones.
 */
export function ordered(rows: readonly TouchpointRate[], by: Order): readonly TouchpointRate[] {
  return [...rows].sort((a, b) => {
    if (isOthers(a) !== isOthers(b)) return isOthers(a) ? 1 : -1;
    const first = by === 'rate' ? (b.rate ?? -1) - (a.rate ?? -1) : b.moments - a.moments;
    return first || b.moments - a.moments || a.touchpoint.localeCompare(b.touchpoint);
  });
}

/** End of the common scale, 0..1: the first round figure that covers every interval. */
export function scaleEnd(rows: readonly TouchpointRate[]): number {
  const highest = Math.max(0, ...rows.map((row) => row.high ?? 0));
  return [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8].find((end) => highest <= end) ?? 1;
}

/** Choices in the overview's address; invalid ones count as absent. */
export interface Chosen {
  /** Period of the failure rates: days back from now; null is all time. */
  readonly days: number | null;
  readonly byChannel: boolean;
  readonly touchpoint: string | null;
  /** Period in which the journeys started: days back from now; null is all time. */
  readonly started: number | null;
}

/** The overview begins with recent journeys, for which something can still be done. */
const startedAtFirst = 7;

export const periods: readonly { readonly days: number | null; readonly text: string }[] = [
  { days: 7, text: '7 days' },
  { days: 30, text: '30 days' },
  { days: 90, text: '90 days' },
  { days: null, text: 'All time' },
];

export function chosenIn(search: string): Chosen {
  const parameters = new URLSearchParams(search);
  return {
    days: daysIn(parameters.get('days')) ?? null,
    byChannel: parameters.get('by') === 'channel',
    touchpoint: parameters.get('touchpoint'),
    started: daysIn(parameters.get('started')) ?? (parameters.get('started') === 'ever' ? null : startedAtFirst),
  };
}

function daysIn(text: string | null): number | undefined {
  const days = Number(text);
  return text !== null && periods.some((period) => period.days === days) ? days : undefined;
}

/** Address of the overview with these choices. */
export function overviewPath({ days, byChannel, touchpoint, started }: Chosen): string {
  const parameters = new URLSearchParams();
  if (days !== null) parameters.set('days', String(days));
  if (byChannel) parameters.set('by', 'channel');
  if (touchpoint !== null) parameters.set('touchpoint', touchpoint);
  if (started !== startedAtFirst) parameters.set('started', started === null ? 'ever' : String(started));
  const text = parameters.toString();
  return text === '' ? '/' : `/?${text}`;
}

const hourMs = 3_600_000;
/** Upper limit of the rows requested; the API merges the others into one more row. */
const groupsMax = 500;

/**
 * The row that stands for all unlisted ones; a touchpoint of that name is answered as `((other))`.
 */
export const isOthers = ({ touchpoint }: TouchpointRate): boolean => touchpoint === '(other)';

const DOUBLED = /^\((\(+(?:start|end|open|other)\)+)\)$/;

/**
 * The real name of a touchpoint in the rates, where a name that equals a reserved word has one more
 * pair of parentheses. Every other request uses real names.
 */
export const plainName = (shown: string): string => DOUBLED.exec(shown)?.[1] ?? shown;

/** Path of the request for the chosen rates. */
export function failureRatesPath(chosen: Chosen, now: string): string {
  const by = chosen.byChannel ? 'touchpoint,channel' : 'touchpoint';
  const parameters = new URLSearchParams({ by, groupsMax: String(groupsMax) });
  setFrom(parameters, chosen.days, now);
  return `/v1/touchpoints/failure-rates?${parameters}`;
}

/** Rounds to whole hours, so that a refresh repeats the same request. */
export function setFrom(parameters: URLSearchParams, days: number | null, now: string): void {
  if (days === null) return;
  const hour = Math.floor(Date.parse(now) / hourMs) * hourMs;
  parameters.set('from', new Date(hour - days * 24 * hourMs).toISOString());
}
