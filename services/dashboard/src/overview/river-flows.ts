import type { Stages, Transitions } from '@touchstone/api';
import { type Stage, stages } from '@touchstone/api/vocabulary';
import { groupedBy } from './grouped-by.ts';
import { isFall } from './news.ts';
import { curveThrough, edgesOf, placeOf } from './river-bands.ts';

type Bucket = Stages['buckets'][number];
type Move = Transitions['rows'][number];

/** Customers who went from one band to another within a bucket. */
export interface Flow {
  readonly key: string;
  readonly isFall: boolean;
  /** From the band where they were before, to the one where they are after. */
  readonly path: string;
  /** The height that these customers have in the bands. */
  readonly width: number;
}

/** Customers who fell out of a band within a bucket. */
export interface Loss {
  readonly key: string;
  readonly bucket: Bucket;
  readonly stage: Stage;
  readonly n: number;
  /** Why, the most frequent first. */
  readonly reasons: readonly { readonly because: string; readonly n: number }[];
  /** Its place, each 0..1: on the lower edge of the band, halfway into the bucket. */
  readonly x: number;
  readonly y: number;
  /** Whether it is one of the greatest, with room for its reason beside it. */
  readonly isNamed: boolean;
  /** Whether words stand before the mark, for it is nearer to the end. */
  readonly isLate: boolean;
}

/** Flows between the bands, and losses, from moves by the buckets that the bands are made of. */
export function flowsOf(
  buckets: readonly Bucket[],
  moves: readonly Move[],
  [width, height]: readonly [width: number, height: number],
): { readonly flows: readonly Flow[]; readonly losses: readonly Loss[] } {
  const { scale, of: edges } = edgesOf(buckets, height);
  const middle = (stage: Stage, index: number): number => {
    const at = stages.indexOf(stage);
    return (edges[at]![index]! + edges[at + 1]![index]!) / 2;
  };
  const indexOf = new Map(buckets.map(({ start }, index) => [Date.parse(start), index]));
  const placed = moves.flatMap((move) => {
    const index = indexOf.get(Date.parse(move.bucket ?? ''));
    return index === undefined ? [] : [{ ...move, index }];
  });
  const flows = [...groupedBy(placed, ({ index, from, to }) => `${index} ${from} ${to}`)].flatMap(([key, rows]) => {
    const { index, from, to } = rows[0]!;
    if (index === 0) return [];
    const ends = [
      [placeOf(index - 1, buckets, width), middle(from, index - 1)],
      [placeOf(index, buckets, width), middle(to, index)],
    ] as const;
    return [{ key, isFall: isFall({ from, to }), path: `M${curveThrough(ends)}`, width: sum(rows) * scale }];
  });
  const losses = [...groupedBy(placed.filter(isFall), ({ index, from }) => `${index} ${from}`)].map(([key, rows]) => {
    const { index, from: stage } = rows[0]!;
    const edge = edges[stages.indexOf(stage)]!;
    const before = Math.max(0, index - 1);
    return {
      key,
      bucket: buckets[index]!,
      stage,
      n: sum(rows),
      reasons: [...groupedBy(rows, ({ because }) => because)]
        .map(([because, of]) => ({ because, n: sum(of) }))
        .sort((a, b) => b.n - a.n),
      x: (placeOf(before, buckets, 1) + placeOf(index, buckets, 1)) / 2,
      y: (edge[before]! + edge[index]!) / 2 / height,
      isLate: before + index > buckets.length - 1,
    };
  });
  return { flows, losses: named(losses) };
}

const sum = (rows: readonly Move[]): number => rows.reduce((total, { changes }) => total + changes, 0);

const NAMED_MAX = 4;
/** Shares of the drawing that a mark with its words takes. */
const WORDS = { x: 0.38, y: 0.1 };

type Placed = Omit<Loss, 'isNamed'>;

/** Tells which of the greatest have room for words that stand in nobody's way. */
function named(losses: readonly Placed[]): readonly Loss[] {
  const chosen: Placed[] = [];
  for (const loss of losses.toSorted((a, b) => b.n - a.n)) {
    if (chosen.length < NAMED_MAX && chosen.every((other) => !isInTheWay(loss, other))) chosen.push(loss);
  }
  return losses.map((loss) => ({ ...loss, isNamed: chosen.includes(loss) }));
}

function isInTheWay(one: Placed, other: Placed): boolean {
  const beginOf = ({ x, isLate }: Placed): number => (isLate ? x - WORDS.x : x);
  return Math.abs(beginOf(one) - beginOf(other)) < WORDS.x && Math.abs(one.y - other.y) < WORDS.y;
}
