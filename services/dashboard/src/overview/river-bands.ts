import { type Stage, stages } from '@touchstone/api/vocabulary';

export interface Band {
  readonly stage: Stage;
  /** Outline of the band as an SVG path. */
  readonly path: string;
}

type Counts = Readonly<Record<Stage, number>>;

/**
 * The bands of stages, from the lowest, stacked without gaps: the height of a band at a time is the
 * number of its customers then, on one scale from nothing to the most there ever were.
 */
export function bandsOf(buckets: readonly Counts[], width: number, height: number): readonly Band[] {
  const totals = buckets.map((bucket) => stages.reduce((sum, stage) => sum + bucket[stage], 0));
  const scale = height / Math.max(1, ...totals);
  const x = (index: number): number => (index / Math.max(1, buckets.length - 1)) * width;
  let below = buckets.map(() => height);
  return stages.map((stage) => {
    const bottom = below;
    const top = bottom.map((y, index) => y - (buckets[index]?.[stage] ?? 0) * scale);
    below = top;
    const there = curve(top.map((y, index) => [x(index), y] as const));
    const back = curve(bottom.map((y, index) => [x(index), y] as const).reverse());
    return { stage, path: `M${there}L${back}Z` };
  });
}

type Point = readonly [x: number, y: number];

/** A line through all points with level tangents, which never leaves the range of its points. */
function curve(points: readonly Point[]): string {
  return points
    .map(([x, y], index) => {
      const before = points[index - 1];
      if (before === undefined) return `${round(x)} ${round(y)}`;
      const middle = (before[0] + x) / 2;
      return `C${round(middle)} ${round(before[1])} ${round(middle)} ${round(y)} ${round(x)} ${round(y)}`;
    })
    .join('');
}

const round = (n: number): number => Math.round(n * 100) / 100;
