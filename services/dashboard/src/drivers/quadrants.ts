import type { Importance } from '@touchstone/api';

/** Martilla and James: what matters and does badly comes first. */
export const quadrants = ['improve', 'keep', 'low', 'overkill'] as const;
export type Quadrant = (typeof quadrants)[number];

export interface Placed {
  readonly touchpoint: string;
  /** Importance and performance on the plane, 0..1, the middle at the means of all. */
  readonly x: number;
  readonly y: number;
  readonly quadrant: Quadrant;
}

const ROOM = 0.44;

/** Places the touchpoints whose figures are known; the plane's lines are the means of these. */
export function placedIn(rows: Importance['rows']): readonly Placed[] {
  const known = rows.flatMap(({ touchpoint, importance, performance: { mean } }) =>
    importance === null || mean === null ? [] : [{ touchpoint, importance, mean }],
  );
  const middle = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x0, y0] = [middle(known.map((row) => row.importance)), middle(known.map((row) => row.mean))];
  const reach = (values: readonly number[]): number => Math.max(1e-9, ...values.map(Math.abs));
  const [xs, ys] = [reach(known.map((row) => row.importance - x0)), reach(known.map((row) => row.mean - y0))];
  return known.map(({ touchpoint, importance, mean }) => {
    const matters = importance >= x0;
    const doesWell = mean >= y0;
    const quadrant = matters ? (doesWell ? 'keep' : 'improve') : doesWell ? 'overkill' : 'low';
    return {
      touchpoint,
      x: 0.5 + ((importance - x0) / xs) * ROOM,
      y: 0.5 + ((mean - y0) / ys) * ROOM,
      quadrant,
    };
  });
}
