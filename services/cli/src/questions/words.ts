import { decimal, moment, style } from '../terminal/style.ts';

/** A rate k of n with its 95 % interval, as answers hold it. */
interface Rate {
  readonly rate: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

export const percent = (share: number | null | undefined, digits = 0) =>
  share === null || share === undefined ? '–' : `${decimal(100 * share, digits)}%`;

/** `84% (80–88)`: the rate, and where it lies with 95 % certainty. */
export function rateWords(told: Rate | null | undefined): string {
  if (!told || told.rate === null) return '–';
  return `${percent(told.rate)} (${decimal(100 * told.low!, 0)}–${decimal(100 * told.high!, 0)})`;
}

/** `4.21 (4.10–4.32)`: the mean, and where it lies with 95 % certainty. */
export function meanWords({
  mean,
  low,
  high,
}: {
  readonly mean: number | null;
  readonly low: number | null;
  readonly high: number | null;
}): string {
  return low === null ? decimal(mean, 2) : `${decimal(mean, 2)} (${decimal(low, 2)}–${decimal(high, 2)})`;
}

/** `-3.1 (-4.0 to -2.2)`; dim where the interval holds 0, because it may be chance. */
export function differenceWords(
  {
    difference,
    low,
    high,
  }: { readonly difference: number | null; readonly low: number | null; readonly high: number | null },
  digits = 1,
): string {
  if (difference === null) return '–';
  if (low === null || high === null) return style.dim(signed(difference, digits));
  const words = `${signed(difference, digits)} (${signed(low, digits)} to ${signed(high, digits)})`;
  return low <= 0 && high >= 0 ? style.dim(words) : words;
}

export const signed = (value: number, digits = 1) => `${value > 0 ? '+' : ''}${decimal(value, digits)}`;

/** `a · b`: the values by which an answer's row is split, and its bucket. */
export function splitWords(row: object, by: readonly string[]): string {
  const values = row as Readonly<Record<string, string | undefined>>;
  const named = by.map((name) => groupWords(values[name] ?? ''));
  const bucket = values.bucket === undefined ? [] : [moment(values.bucket).slice(0, 10)];
  return [...named, ...bucket].join(' · ') || 'all';
}

/** The heading of a group of a breakdown; the empty text is a missing one. */
export const groupWords = (value: string) => (value === '' ? '(none)' : value);
