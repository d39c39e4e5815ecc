import { type Stage, stages } from '@touchstone/api/vocabulary';

export interface Band {
  readonly stage: Stage;
  /** Outline of the band as an SVG path. */
  readonly path: string;
}

type Counts = Readonly<Record<Stage, number>>;

export interface Edges {
  /** Height of one customer. */
  readonly scale: number;
  /** The lower edge of each stage, from the lowest, at each bucket; then the upper edge of all. */
  readonly of: readonly (readonly number[])[];
}

/**
 * The edges of the bands of stages, stacked without gaps: the height of a band at a time is the
 * number of its customers then, on one scale from nothing to the most there ever were.
 */
export function edgesOf(buckets: readonly Counts[], height: number): Edges {
  const totals = buckets.map((bucket) => stages.reduce((sum, stage) => sum + bucket[stage], 0));
  const scale = height / Math.max(1, ...totals);
  const edges = [buckets.map(() => height)];
  for (const stage of stages) {
    edges.push(edges.at(-1)!.map((y, index) => y - (buckets[index]?.[stage] ?? 0) * scale));
  }
  return { scale, of: edges };
}

/** Where a bucket stands on a drawing of `width`. */
export const placeOf = (index: number, buckets: readonly unknown[], width: number): number =>
  (index / Math.max(1, buckets.length - 1)) * width;

/** The bands of stages, from the lowest. */
export function bandsOf(buckets: readonly Counts[], width: number, height: number): readonly Band[] {
  const { of: edges } = edgesOf(buckets, height);
  const points = (edge: readonly number[]) => edge.map((y, index) => [placeOf(index, buckets, width), y] as const);
  return stages.map((stage, index) => {
    const there = curveThrough(points(edges[index + 1]!));
    const back = curveThrough(points(edges[index]!).reverse());
    return { stage, path: `M${there}L${back}Z` };
  });
}

type Point = readonly [x: number, y: number];

/** A line through all points with level tangents, which never leaves the range of its points. */
export function curveThrough(points: readonly Point[]): string {
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
