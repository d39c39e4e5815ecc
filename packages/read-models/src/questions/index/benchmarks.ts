import type { Asked, endpoints, Told } from '@touchstone/api';
import { type BenchmarkMeasure, DAY_MS, type IndexMeasure } from '@touchstone/api/vocabulary';
import { byBytes } from '../../figures/by-bytes.ts';
import type { QuestionContext } from '../cases.ts';
import { splitRows } from '../split-rows.ts';
import { countedOf, type Figure, figureOf, intervalOf, type LeafFigures } from './measures.ts';

/** Units with fewer values are not ranked. */
const RANKED_MIN = 30;
/** Fewer ranked units tell nothing of how units differ. */
const UNITS_MIN = 3;

const MEASURES: Readonly<Record<BenchmarkMeasure, IndexMeasure>> = {
  score: 'moment-score',
  success: 'success',
  'promise-keeping': 'promise-keeping',
  'first-contact': 'first-contact',
};

type Benchmarks = Told<typeof endpoints.getBenchmarks>;
type Row = Benchmarks['rows'][number];

interface Unit extends Figure {
  readonly unit: string;
}

/**
 * Units against the best of their own house. Each is shrunken towards all by as much as its few
 * values leave to chance (empirical Bayes).
 * @throws ReadModelError `too-much` for more units than an answer holds.
 */
export async function benchmarks(
  asked: Required<Pick<Asked<typeof endpoints.getBenchmarks>, 'by' | 'measure'>> &
    Asked<typeof endpoints.getBenchmarks>,
  context: QuestionContext,
): Promise<Benchmarks> {
  const where = asked.type === undefined ? {} : { type: asked.type };
  const leaf = { measure: MEASURES[asked.measure], within: DAY_MS, where };
  const split = await splitRows({ from: asked.from, to: asked.to }, countedOf(leaf, asked.by, context), context);
  const counted = split.rows.flatMap(({ values: [unit], figures }) =>
    unit === undefined || unit === '' || figures === null ? [] : [{ unit, figures }],
  );
  const units = counted.map(({ unit, figures }): Unit => ({ unit, ...figureOf(leaf, figures) }));
  const overall = overallOf(
    leaf.measure === 'moment-score',
    counted.map(({ figures }) => figures),
  );
  const spread = spreadOf(units);
  const shrunken = new Map(units.map((unit) => [unit.unit, shrunkenOf(unit, overall, spread)]));
  const ranked =
    spread === null || spread === 0
      ? []
      : units
          .filter(({ n }) => n >= RANKED_MIN)
          .sort((a, b) => shrunken.get(b.unit)! - shrunken.get(a.unit)! || byBytes(a.unit, b.unit));
  const best = ranked[0] === undefined ? null : shrunken.get(ranked[0].unit)!;
  const rows = units.map((unit): Row => {
    const place = ranked.indexOf(unit);
    const isRanked = place !== -1;
    const own = shrunken.get(unit.unit)!;
    return {
      ...{ unit: unit.unit, n: unit.n, value: unit.value, ...intervalOf(unit), shrunken: own },
      ...{ rank: isRanked ? place + 1 : null, toBest: isRanked ? best! - own! : null },
    };
  });
  return { overall, spread, rows: rows.sort(inOrder) };
}

function inOrder(a: Row, b: Row): number {
  if (a.rank !== b.rank) return (a.rank ?? Number.MAX_SAFE_INTEGER) - (b.rank ?? Number.MAX_SAFE_INTEGER);
  return byBytes(a.unit, b.unit);
}

/** The mean over all that the units have together. */
function overallOf(isMean: boolean, figures: readonly LeafFigures[]): number | null {
  const n = figures.reduce((sum, each) => sum + each.n, 0);
  if (n === 0) return null;
  return figures.reduce((sum, each) => sum + (isMean ? each.n * each.mean! : 100 * each.k), 0) / n;
}

/** How far units differ beyond chance, as a standard deviation; null with too few to tell. */
function spreadOf(units: readonly Unit[]): number | null {
  const sure = units.filter(({ n }) => n >= RANKED_MIN);
  if (sure.length < UNITS_MIN) return null;
  const mean = sure.reduce((sum, { value }) => sum + value!, 0) / sure.length;
  const variance = sure.reduce((sum, { value }) => sum + (value! - mean) ** 2, 0) / (sure.length - 1);
  const chance = sure.reduce((sum, each) => sum + each.variance, 0) / sure.length;
  return Math.sqrt(Math.max(0, variance - chance));
}

function shrunkenOf({ value, variance }: Unit, overall: number | null, spread: number | null): number | null {
  if (value === null || overall === null || spread === null) return null;
  if (spread === 0) return overall;
  return overall + ((value - overall) * spread ** 2) / (spread ** 2 + variance);
}
