/** A stream of random numbers, determined by a seed and a name; the same on every machine. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  chance(probability: number): boolean;
  /** Uniform in [low, high). */
  between(low: number, high: number): number;
  /** An integer, both ends included. */
  whole(low: number, high: number): number;
  pick<T>(choices: readonly T[]): T;
  exponential(mean: number): number;
  /**
   * Lognormal: half of the values are below the median; `spread` is the standard deviation of the
   * logarithm.
   */
  around(median: number, spread: number): number;
}

/** Each name has a stream of its own, so that one customer's draws do not depend on another's. */
export function randomFrom(seed: number, name: string): Random {
  const next = sfc32(seed >>> 0, hash(name), Math.floor(seed / 2 ** 32) >>> 0);
  return {
    next,
    chance: (probability) => next() < probability,
    between: (low, high) => low + (high - low) * next(),
    whole: (low, high) => low + Math.floor((high - low + 1) * next()),
    pick: (choices) => choices[Math.floor(next() * choices.length)]!,
    exponential: (mean) => -mean * Math.log(1 - next()),
    around: (median, spread) => {
      const normal = Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
      return median * Math.exp(spread * normal);
    },
  };
}

/** Chris Doty-Humphrey's sfc32: small, fast, and it passes PractRand. */
function sfc32(seedA: number, seedB: number, seedC: number): () => number {
  let a = seedA | 0;
  let b = seedB | 0;
  let c = seedC | 0;
  let counter = 1;
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return (sum >>> 0) / 2 ** 32;
  };
  // Skips the first numbers, which still resemble the seed.
  for (let i = 0; i < 15; i++) next();
  return next;
}

/** FNV-1a hash. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
