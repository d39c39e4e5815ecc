import { type Stage, stages } from '@touchstone/api/vocabulary';

export interface SankeyBand {
  readonly from: Stage;
  readonly to: Stage;
  readonly changes: number;
  /** Outline of the band as an SVG path. */
  readonly path: string;
}

export interface SankeyNode {
  readonly stage: Stage;
  readonly side: 'from' | 'to';
  readonly y: number;
  readonly height: number;
  readonly changes: number;
}

interface Move {
  readonly from: Stage;
  readonly to: Stage;
  readonly changes: number;
}

const GAP = 14;

/**
 * Moves as bands from the stages on the left to those on the right, the highest stage on top. One
 * scale serves both sides, so each holds all moves.
 */
export function sankeyOf(rows: readonly Move[], width: number, height: number) {
  const order = stages.toReversed();
  const sum = (moves: readonly Move[]): number => moves.reduce((total, { changes }) => total + changes, 0);
  const total = Math.max(1, sum(rows));
  const scale = (height - GAP * (order.length - 1)) / total;
  const columnOf = (side: 'from' | 'to'): readonly SankeyNode[] => {
    let y = 0;
    return order.flatMap((stage) => {
      const changes = sum(rows.filter((row) => row[side] === stage));
      if (changes === 0) return [];
      const node = { stage, side, y, height: changes * scale, changes };
      y += node.height + GAP;
      return [node];
    });
  };
  const nodes = [...columnOf('from'), ...columnOf('to')];
  const used = new Map(nodes.map(({ side, stage, y }) => [`${side} ${stage}`, y]));
  const take = (side: 'from' | 'to', stage: Stage, thick: number): number => {
    const y = used.get(`${side} ${stage}`) ?? 0;
    used.set(`${side} ${stage}`, y + thick);
    return y;
  };
  const pairs = order.flatMap((from) => order.map((to) => ({ from, to })));
  const bands = pairs.flatMap(({ from, to }): readonly SankeyBand[] => {
    const changes = sum(rows.filter((row) => row.from === from && row.to === to));
    if (changes === 0) return [];
    const thick = changes * scale;
    const [a, b] = [take('from', from, thick), take('to', to, thick)];
    return [{ from, to, changes, path: bandPath(a, b, thick, width) }];
  });
  return { nodes, bands };
}

function bandPath(a: number, b: number, thick: number, width: number): string {
  const middle = width / 2;
  const n = (value: number): string => value.toFixed(2);
  return [
    `M0 ${n(a)}C${middle} ${n(a)} ${middle} ${n(b)} ${width} ${n(b)}`,
    `V${n(b + thick)}C${middle} ${n(b + thick)} ${middle} ${n(a + thick)} 0 ${n(a + thick)}Z`,
  ].join('');
}
