import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as NonNullable<typeof gc>;

/** One line of `pnpm bench`: the product's figure and its floor, both measured in the same run. */
export interface BenchRow {
  readonly name: string;
  /** The goal in words, e.g. `≥ 0.40 of a bare SQLite append`. */
  readonly goalText: string;
  /** Figure of the bare machinery; `null` if the goal is a plain figure. */
  readonly floor: number | null;
  readonly product: number;
  /** product / floor; `null` without a floor. */
  readonly ratio: number | null;
  /** The ratio to reach, or the figure if there is no floor; `null` without a goal. */
  readonly goal: number | null;
  /** True if less is better; the goal is then an upper bound. */
  readonly atMost?: boolean;
  readonly unit: string;
}

/** A row without a floor; `goal` is an upper bound, or null. */
export function figure(
  name: string,
  product: number,
  unit: string,
  goal: number | null,
  goalText = goal === null ? 'no goal of its own' : `≤ ${goal} ${unit}`,
): BenchRow {
  return { name, goalText, floor: null, product, ratio: null, goal, atMost: true, unit };
}

/**
 * The middle value, or the mean of the middle two.
 * @throws on an empty list.
 */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  if (upper === undefined || lower === undefined) throw new Error('There is no median of no values.');
  return (lower + upper) / 2;
}

/** The q-quantile of the values. */
export function quantile(values: readonly number[], q: number): number {
  return [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))]!;
}

/** Median duration (ms) of calls made one after the other. */
export async function medianMs(times: number, ask: (nth: number) => Promise<unknown>): Promise<number> {
  const each: number[] = [];
  for (let nth = 0; nth < times; nth++) {
    const begun = performance.now();
    await ask(nth);
    each.push(performance.now() - begun);
  }
  return median(each);
}

/** Mean rate of pieces of equal size: the rate of the whole. */
export function meanRate(rates: readonly number[]): number {
  return rates.length / rates.reduce((sum, rate) => sum + 1 / rate, 0);
}

/**
 * Runs every variant once per round and returns the median (or `average`) of its rates by name. A
 * noisy machine slows all variants of a round alike, so their ratio holds; the order rotates, and a
 * warm-up round is discarded.
 */
export async function interleaved(options: {
  readonly rounds?: number;
  readonly variants: Record<string, () => Promise<number> | number>;
  readonly average?: ((rates: readonly number[]) => number) | undefined;
}): Promise<Record<string, number>> {
  const { average = median } = options;
  const variants = Object.entries(options.variants);
  const rates = new Map<string, number[]>(variants.map(([name]) => [name, []]));
  const rounds = options.rounds ?? 5;
  for (let round = -1; round < rounds; round++) {
    const shift = (round + 1) % variants.length;
    for (const [name, variant] of [...variants.slice(shift), ...variants.slice(0, shift)]) {
      const rate = await variant();
      if (round >= 0) rates.get(name)?.push(rate);
    }
  }
  return Object.fromEntries([...rates].map(([name, measured]) => [name, average(measured)]));
}

/**
 * Measures the same operations on a short and on a long log, in turn: µs per operation, by default
 * medians.
 */
export async function inBoth<Log>(options: {
  readonly rounds: number;
  readonly short: Log;
  readonly long: Log;
  /** Each returns operations per second. */
  readonly operations: Readonly<Record<string, (log: Log) => Promise<number>>>;
  readonly average?: ((rates: readonly number[]) => number) | undefined;
}): Promise<Record<string, readonly [short: number, long: number]>> {
  const { rounds, short, long, operations, average } = options;
  const variants: Record<string, () => Promise<number>> = {};
  for (const [name, operation] of Object.entries(operations)) {
    variants[`${name} short`] = () => operation(short);
    variants[`${name} long`] = () => operation(long);
  }
  const rates = await interleaved({ rounds, variants, average });
  const microseconds = (name: string) => 1e6 / rates[name]!;
  return Object.fromEntries(
    Object.keys(operations).map((name) => [
      name,
      [microseconds(`${name} short`), microseconds(`${name} long`)] as const,
    ]),
  );
}

/**
 * A rate: `count` divided by the seconds that `work` takes. It collects garbage first, because
 * otherwise a scavenge of earlier samples would be measured with the next variant.
 */
export async function ratePerSecond(count: number, work: () => Promise<void> | void): Promise<number> {
  // Twice, because objects that survive the first collection stay in the young generation until the
  // second.
  collectGarbage({ type: 'minor' });
  collectGarbage({ type: 'minor' });
  const started = performance.now();
  await work();
  return (count * 1000) / (performance.now() - started);
}

/** One line per row: name, floor, product, ratio, goal and whether it was reached. */
export function formatRow(row: BenchRow): string {
  const figure = (value: number | null) =>
    value === null ? '–' : value >= 1000 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);
  const measured = row.ratio ?? row.product;
  const reached = row.goal === null ? ' ' : (row.atMost ? measured <= row.goal : measured >= row.goal) ? '✓' : '✗';
  const floor = row.floor === null ? '' : `floor ${figure(row.floor)}  `;
  const ratio = row.ratio === null ? '' : `ratio ${row.ratio.toFixed(2)}  `;
  return `${reached} ${row.name.padEnd(48)} ${floor}product ${figure(row.product)} ${row.unit}  ${ratio}(${row.goalText})`;
}
