/**
 * Randomness as an argument, so that a failure can be reproduced: every value drawn follows from
 * the seed.
 */
export interface Chance {
  readonly seed: number;
  /** Uniform in [low, high). */
  between(low: number, high: number): number;
  /** A whole number in [low, high]. */
  whole(low: number, high: number): number;
  happens(probability: number): boolean;
  pick<T>(choices: readonly T[]): T;
  /** At least one of them, each once, in any order. */
  some<T>(choices: readonly T[]): T[];
}

/** A new seed in each run, unless `CRASH_SEED` gives one. A failing test prints its seed. */
export function chanceOfRun(): Chance {
  const given = Number(process.env.CRASH_SEED ?? '');
  return chanceFrom(given > 0 ? given : 1 + (Date.now() % 1_000_000_000));
}

/**
 * Kills of one test: `seldom` by default, at other instants in each run; `most` with
 * `CRASH_KILLS=all`; a number given there counts as it is.
 */
export function killsOf(most: number, seldom = Math.ceil(most / 8)): number {
  const wanted = process.env.CRASH_KILLS ?? '';
  return wanted === 'all' ? most : Number(wanted) || seldom;
}

export function chanceFrom(seed: number): Chance {
  const next = mulberry32(seed);
  const whole = (low: number, high: number) => low + Math.floor((high - low + 1) * next());
  return {
    seed,
    between: (low, high) => low + (high - low) * next(),
    whole,
    happens: (probability) => next() < probability,
    pick: (choices) => choices[whole(0, choices.length - 1)]!,
    some(choices) {
      const left = [...choices];
      return Array.from({ length: whole(1, left.length) }, () => left.splice(whole(0, left.length - 1), 1)[0]!);
    },
  };
}

/** Tommy Ettinger's mulberry32, which is random enough to choose instants. */
function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
