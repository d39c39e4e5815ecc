import { Z } from './rate.ts';

/** Net promoter score, -100..100, with its 95 % interval; null for nobody. */
export interface Nps {
  readonly nps: number | null;
  readonly npsLow: number | null;
  readonly npsHigh: number | null;
}

/**
 * The interval is the adjusted Wald one (Rocks 2016): ¾ promoters, ¾ detractors and 1½ passives are
 * added.
 */
export function npsOf(promoters: number, detractors: number, n: number): Nps {
  if (n === 0) return { nps: null, npsLow: null, npsHigh: null };
  const [p, d] = [(promoters + 0.75) / (n + 3), (detractors + 0.75) / (n + 3)];
  const reach = 100 * Z * Math.sqrt((p + d - (p - d) ** 2) / (n + 3));
  const centre = 100 * (p - d);
  return {
    nps: 100 * (promoters / n - detractors / n),
    npsLow: Math.max(-100, centre - reach),
    npsHigh: Math.min(100, centre + reach),
  };
}
