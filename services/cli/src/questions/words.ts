import { decimal } from '../terminal/style.ts';

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

/** The heading of a group of a breakdown; the empty text is a missing one. */
export const groupWords = (value: string) => (value === '' ? '(none)' : value);
