import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as NonNullable<typeof gc>;

/** One line of `pnpm bench`: what the product reached beside its floor, both measured in the same run. */
export interface BenchRow {
  readonly name: string;
  /** The goal in words, e.g. `≥ 0.40 of a bare SQLite append`. */
  readonly goalText: string;
  /** What the bare machinery does; `null` where the goal is a plain figure. */
  readonly floor: number | null;
  readonly product: number;
  /** product / floor; `null` without a floor. */
  readonly ratio: number | null;
  /** The ratio to reach, or the figure to reach where there is no floor; `null` where nothing is promised. */
  readonly goal: number | null;
  /** True where less is better: the goal is then an upper bound. */
  readonly atMost?: boolean;
  readonly unit: string;
}

/** A figure without a floor; `goal` is what it may come to at most, null where nothing is promised. */
export function figure(
  name: string,
  product: number,
  unit: string,
  goal: number | null,
  goalText = goal === null ? 'no goal of its own' : `≤ ${goal} ${unit}`,
): BenchRow {
  return { name, goalText, floor: null, product, ratio: null, goal, atMost: true, unit };
}

/** The middle value; of an even number of values the mean of the middle two. Throws on an empty list. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  if (upper === undefined || lower === undefined) throw new Error('There is no median of no values.');
  return (lower + upper) / 2;
}

/** The value below which the share `q` of all lies. */
export function quantile(values: readonly number[], q: number): number {
  return [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))]!;
}

/** The middle of the times that asking takes, one after the other, ms. */
export async function medianMs(times: number, ask: (nth: number) => Promise<unknown>): Promise<number> {
  const each: number[] = [];
  for (let nth = 0; nth < times; nth++) {
    const begun = performance.now();
    await ask(nth);
    each.push(performance.now() - begun);
  }
  return median(each);
}

/** Of rates of equal pieces: as if they had been one piece. */
export function meanRate(rates: readonly number[]): number {
  return rates.length / rates.reduce((sum, rate) => sum + 1 / rate, 0);
}

/**
 * Run every variant once a round, in turn, and answer the median rate of each (or what else its rates come to) by its name. A noisy machine slows neighbours of one round alike, so
 * their ratio holds where the single figures do not. The order turns with each round: no variant always follows the same one. One round
 * before the first is thrown away, so that none pays for the compiling of the others.
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

/** The same operations on a short log and on a long one, all in turn: µs for one of what each operation's rate counts, by default medians. */
export async function inBoth<Log>(options: {
  readonly rounds: number;
  readonly short: Log;
  readonly long: Log;
  /** Each answers a rate per second. */
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
 * A rate per second: how often `count` fits into the time that `work` takes. What was made before, samples and the garbage of other variants, leaves
 * the young generation first: else the scavenge that copies it would be on the clock of whoever comes next.
 */
export async function ratePerSecond(count: number, work: () => Promise<void> | void): Promise<number> {
  // What survives the first is kept young until the second.
  collectGarbage({ type: 'minor' });
  collectGarbage({ type: 'minor' });
  const started = performance.now();
  await work();
  return (count * 1000) / (performance.now() - started);
}

/** One line a row: name, floor, product, ratio, goal and whether it was reached. */
export function formatRow(row: BenchRow): string {
  const figure = (value: number | null) =>
    value === null ? '–' : value >= 1000 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);
  const measured = row.ratio ?? row.product;
  const reached = row.goal === null ? ' ' : (row.atMost ? measured <= row.goal : measured >= row.goal) ? '✓' : '✗';
  const floor = row.floor === null ? '' : `floor ${figure(row.floor)}  `;
  const ratio = row.ratio === null ? '' : `ratio ${row.ratio.toFixed(2)}  `;
  return `${reached} ${row.name.padEnd(48)} ${floor}product ${figure(row.product)} ${row.unit}  ${ratio}(${row.goalText})`;
}
