import type { FailureRate } from '../answers.ts';

export type Order = 'rate' | 'moments';

/** Worst (or busiest) first; among equals the one that is better known. Rows without a rate come last, and after them what is not listed. */
export function ordered(rows: readonly FailureRate[], by: Order): readonly FailureRate[] {
  return [...rows].sort((a, b) => {
    if (isOthers(a) !== isOthers(b)) return isOthers(a) ? 1 : -1;
    const first = by === 'rate' ? (b.rate ?? -1) - (a.rate ?? -1) : b.moments - a.moments;
    return first || b.moments - a.moments || a.touchpoint.localeCompare(b.touchpoint);
  });
}

/** End of the common scale, 0..1: the first round figure that holds every interval. */
export function scaleEnd(rows: readonly FailureRate[]): number {
  const highest = Math.max(0, ...rows.map((row) => row.high ?? 0));
  return [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8].find((end) => highest <= end) ?? 1;
}

/** What the address says of the overview; whatever it says wrongly counts as unsaid. */
export interface Chosen {
  /** Of the failure rates: days back from now; null is all time. */
  readonly days: number | null;
  readonly byChannel: boolean;
  readonly touchpoint: string | null;
  /** Of the journeys: started so many days back from now; null is all time. */
  readonly started: number | null;
}

/** What nobody can act on any more is not what the overview begins with. */
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

/** The overview's address with these choices. */
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
/** Rows that a reader may still want; the others together are one more. */
const groupsMax = 500;

/** What stands for all rows that are not listed; something of that name is answered as `((other))`. */
export const isOthers = ({ touchpoint }: FailureRate): boolean => touchpoint === '(other)';

const DOUBLED = /^\((\(+(?:start|end|open|other)\)+)\)$/;

/** The name itself of a touchpoint that rates show: what is called as a word of ours stands there in a pair of parentheses more. Everything else asks by names as they are. */
export const plainName = (shown: string): string => DOUBLED.exec(shown)?.[1] ?? shown;

/** The rates that are chosen. */
export function failureRatesPath(chosen: Chosen, now: string): string {
  const by = chosen.byChannel ? 'touchpoint,channel' : 'touchpoint';
  const parameters = new URLSearchParams({ by, groupsMax: String(groupsMax) });
  setFrom(parameters, chosen.days, now);
  return `/v1/touchpoints/failure-rates?${parameters}`;
}

/** By whole hours, so that a refresh asks the same question again. */
export function setFrom(parameters: URLSearchParams, days: number | null, now: string): void {
  if (days === null) return;
  const hour = Math.floor(Date.parse(now) / hourMs) * hourMs;
  parameters.set('from', new Date(hour - days * 24 * hourMs).toISOString());
}
